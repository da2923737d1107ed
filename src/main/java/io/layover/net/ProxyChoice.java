package io.layover.net;

import com.google.common.net.InetAddresses;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which forward proxy is used for a URL, as the environment says it to most programs: {@code
 * HTTPS_PROXY} and {@code HTTP_PROXY} by the URL's scheme, and {@code NO_PROXY}, a list of what is
 * called directly.
 */
public final class ProxyChoice {
  /** Nothing goes through a proxy. */
  public static final ProxyChoice DIRECT = new ProxyChoice(null, null, List.of());

  private final @Nullable ForwardProxy https;
  private final @Nullable ForwardProxy http;

  /** What is called directly; null where all go through the proxy. */
  private final @Nullable List<Direct> direct;

  /**
   * @param port the only one that is meant, or 0
   */
  private record Direct(Hosts hosts, int port) {}

  private sealed interface Hosts {
    record Domain(String name, boolean itself) implements Hosts {}

    record Block(AddressBlock block) implements Hosts {}

    record All() implements Hosts {}
  }

  private ProxyChoice(
      @Nullable ForwardProxy https, @Nullable ForwardProxy http, @Nullable List<Direct> direct) {
    this.https = https;
    this.http = http;
    this.direct = direct;
  }

  /**
   * The one proxy for everything, or {@code none}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static ProxyChoice parse(String text) {
    if (text.equalsIgnoreCase("none")) {
      return DIRECT;
    }
    var proxy = ForwardProxy.parse(text);
    return new ProxyChoice(proxy, proxy, null);
  }

  /**
   * As these variables say; a name in capitals goes before the same in small letters.
   *
   * @throws IllegalArgumentException with the variable's name, if a value is no proxy
   */
  public static ProxyChoice of(Map<String, String> environment) {
    var direct = new ArrayList<Direct>();
    for (var entry : variable(environment, "NO_PROXY").split(",", -1)) {
      if (!entry.isBlank()) {
        direct.add(direct(entry.strip().toLowerCase(Locale.ROOT)));
      }
    }
    return new ProxyChoice(
        proxy(environment, "HTTPS_PROXY"), proxy(environment, "HTTP_PROXY"), direct);
  }

  private static String variable(Map<String, String> environment, String name) {
    var value = environment.getOrDefault(name, "");
    return value.isBlank()
        ? environment.getOrDefault(name.toLowerCase(Locale.ROOT), "").strip()
        : value.strip();
  }

  private static @Nullable ForwardProxy proxy(Map<String, String> environment, String name) {
    var value = variable(environment, name);
    try {
      return value.isEmpty() ? null : ForwardProxy.parse(value);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " " + e.getMessage(), e);
    }
  }

  private static Direct direct(String entry) {
    if (entry.equals("*")) {
      return new Direct(new Hosts.All(), 0);
    }
    if (entry.indexOf('/') >= 0 || InetAddresses.isInetAddress(entry)) {
      return new Direct(block(entry), 0);
    }
    var colon = entry.lastIndexOf(':');
    var hasPort = colon > 0 && entry.substring(colon + 1).matches("[0-9]{1,5}");
    var host = hasPort ? entry.substring(0, colon) : entry;
    var port = hasPort ? Integer.parseInt(entry.substring(colon + 1)) : 0;
    if (InetAddresses.isUriInetAddress(host)) {
      return new Direct(block(host.replaceAll("[\\[\\]]", "")), port);
    }
    var name = host.startsWith("*.") ? host.substring(1) : host;
    return name.startsWith(".")
        ? new Direct(new Hosts.Domain(name.substring(1), false), port)
        : new Direct(new Hosts.Domain(name, true), port);
  }

  /** What is no block after all matches nothing, as elsewhere. */
  private static Hosts block(String text) {
    try {
      return new Hosts.Block(AddressBlock.parse(text));
    } catch (IllegalArgumentException e) {
      return new Hosts.Domain(text, true);
    }
  }

  /** The proxy for a URL, or null if it is called directly. */
  public @Nullable ForwardProxy of(URI url) {
    var isHttps = url.getScheme().equalsIgnoreCase("https");
    var proxy = isHttps ? https : http;
    if (proxy == null || direct == null) {
      return proxy;
    }
    var host = url.getHost().toLowerCase(Locale.ROOT);
    var port = url.getPort() < 0 ? (isHttps ? 443 : 80) : url.getPort();
    return isOfThisMachine(host) || direct.stream().anyMatch(e -> has(e, host, port))
        ? null
        : proxy;
  }

  private static boolean isOfThisMachine(String host) {
    return host.equals("localhost")
        || (InetAddresses.isUriInetAddress(host)
            && InetAddresses.forUriString(host).isLoopbackAddress());
  }

  private static boolean has(Direct entry, String host, int port) {
    if (entry.port != 0 && entry.port != port) {
      return false;
    }
    return switch (entry.hosts) {
      case Hosts.All all -> true;
      case Hosts.Block(var block) ->
          InetAddresses.isUriInetAddress(host) && block.contains(InetAddresses.forUriString(host));
      case Hosts.Domain(var name, var itself) ->
          host.endsWith("." + name) || (itself && host.equals(name));
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ProxyChoice that
        && Objects.equals(https, that.https)
        && Objects.equals(http, that.http)
        && Objects.equals(direct, that.direct);
  }

  @Override
  public int hashCode() {
    return Objects.hash(https, http, direct);
  }

  /** As {@link #parse} reads it, but for passwords and exceptions. */
  @Override
  public String toString() {
    return https != null ? https.toString() : http != null ? http.toString() : "none";
  }
}
