package io.layover.http;

import com.google.common.net.InetAddresses;
import io.layover.net.AddressBlock;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a request, seen through the proxies that are trusted to say so. What
 * anybody else writes into {@code Forwarded} or {@code X-Forwarded-…} counts for nothing.
 *
 * @param trusted the proxies
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7239">RFC 7239, Forwarded</a>
 */
public record Peers(List<AddressBlock> trusted) {
  /** Nobody is trusted: the peer is who opened the connection. */
  public static final Peers DIRECT = new Peers(List.of());

  private static final Pattern PAIR =
      Pattern.compile("\\s*([A-Za-z]+)\\s*=\\s*(?:\"([^\"]*)\"|([^;,\"\\s]*))\\s*(;?)");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.:_\\[\\]-]{1,255}");
  private static final Pattern WITH_PORT =
      Pattern.compile("\\[([^]]*)](?::[0-9]+)?|([0-9.]+):[0-9]+");
  private static final int MOST = 32;

  /**
   * The other end.
   *
   * @param address numeric, or null if it is not known
   * @param scheme {@code http} or {@code https}, as the client uses it
   * @param authority host and port as the client named them, or null
   */
  public record Peer(@Nullable String address, String scheme, @Nullable String authority) {}

  /** The address at the other end of a request, or null if it is not known. */
  public @Nullable String addressOf(HttpServerRequest request) {
    return trusted.isEmpty() ? address(request) : of(request).address();
  }

  /** The other end of a request. */
  public Peer of(HttpServerRequest request) {
    var address = address(request);
    var scheme = request.isSSL() ? "https" : "http";
    var authority = request.authority() == null ? null : request.authority().toString();
    if (trusted.isEmpty() || address == null || !isTrusted(address)) {
      return new Peer(address, scheme, authority);
    }
    var hops = hops(request);
    // Each proxy says who called it, the last one at the end.
    var at = hops.size();
    while (at > 0 && isTrusted(address)) {
      var before = hops.get(at - 1).get("for");
      if (before == null || !InetAddresses.isInetAddress(before)) {
        break;
      }
      address = before;
      at--;
    }
    var first = hops.isEmpty() ? Map.<String, String>of() : hops.get(Math.min(at, hops.size() - 1));
    var saidScheme = first.getOrDefault("proto", scheme).toLowerCase(Locale.ROOT);
    var saidHost = first.get("host");
    return new Peer(
        address,
        saidScheme.equals("http") || saidScheme.equals("https") ? saidScheme : scheme,
        saidHost != null && HOST.matcher(saidHost).matches() ? saidHost : authority);
  }

  /** The address of whoever opened the connection. */
  private static @Nullable String address(HttpServerRequest request) {
    var remote = request.connection().remoteAddress();
    return remote == null ? null : remote.hostAddress();
  }

  private boolean isTrusted(String address) {
    return trusted.stream().anyMatch(block -> block.contains(address));
  }

  /**
   * What the proxies say, one after the other: in the standard's header, else in the older ones.
   */
  private static List<Map<String, String>> hops(HttpServerRequest request) {
    var standard = request.headers().getAll("Forwarded");
    var hops = new ArrayList<Map<String, String>>();
    if (!standard.isEmpty()) {
      elements(String.join(",", standard)).forEach(hops::add);
      return hops;
    }
    var scheme = firstOf(request, "X-Forwarded-Proto");
    var host = firstOf(request, "X-Forwarded-Host");
    var addresses = String.join(",", request.headers().getAll("X-Forwarded-For"));
    for (var text : addresses.split(",", MOST)) {
      var hop = new HashMap<String, String>();
      put(hop, "for", bare(text.strip()));
      put(hop, "proto", scheme);
      put(hop, "host", host);
      hops.add(hop);
    }
    return hops;
  }

  private static void put(Map<String, String> hop, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      hop.put(name, value);
    }
  }

  private static @Nullable String firstOf(HttpServerRequest request, String header) {
    var text = request.getHeader(header);
    return text == null ? null : text.split(",", 2)[0].strip();
  }

  private static List<Map<String, String>> elements(String text) {
    var elements = new ArrayList<Map<String, String>>();
    var pair = PAIR.matcher(text);
    var at = 0;
    while (at < text.length() && elements.size() < MOST) {
      var element = new HashMap<String, String>();
      while (pair.region(at, text.length()).lookingAt()) {
        var value = pair.group(2) == null ? pair.group(3) : pair.group(2);
        var name = pair.group(1).toLowerCase(Locale.ROOT);
        put(element, name, name.equals("for") ? bare(value) : value);
        at = pair.end();
      }
      elements.add(element);
      var comma = text.indexOf(',', at);
      at = comma < 0 ? text.length() : comma + 1;
    }
    return elements;
  }

  /** An address without a port, and without the brackets of IPv6. */
  static String bare(String address) {
    var m = WITH_PORT.matcher(address);
    return !m.matches() ? address : m.group(1) == null ? m.group(2) : m.group(1);
  }
}
