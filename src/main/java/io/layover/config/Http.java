package io.layover.config;

import io.layover.net.AddressBlock;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How Layover is reached.
 *
 * @param prefix what every path begins with; it begins and ends with a slash
 * @param host the URL that clients reach this server by; absent: what the request says
 * @param secret what the state of uploads is signed with; absent: a random one
 * @param draintimeout how long running transfers may go on when Layover stops; 0: they are cut
 * @param trustedproxies whose word on whom they speak for is taken
 * @param headers are part of every answer
 */
public record Http(
    Address addr,
    Net net,
    String prefix,
    @Nullable URI host,
    @Nullable Secret secret,
    boolean relativeurls,
    Duration draintimeout,
    List<AddressBlock> trustedproxies,
    @Nullable HttpTls tls,
    Map<String, List<String>> headers,
    Debug debug,
    Http2 http2,
    H2c h2c) {
  private static final Pattern PREFIX = Pattern.compile("/|/(?:[A-Za-z0-9._~-]+/)+");
  static final Pattern HEADER = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Address DEFAULT_ADDR = new Address("", 5000);

  /** The kind of socket. */
  public enum Net {
    TCP,
    UNIX
  }

  /** What is served apart from the API; absent {@code addr}: nothing. */
  public record Debug(@Nullable Address addr, Prometheus prometheus) {
    public record Prometheus(boolean enabled, String path) {}

    private static Debug read(Section s) {
      var prometheus = s.section("prometheus");
      return new Debug(
          s.value("addr", Address::parse),
          new Prometheus(
              prometheus.flag("enabled", false),
              prometheus.value("path", Http::parsePath, "/metrics")));
    }
  }

  public record Http2(boolean disabled) {}

  /** HTTP/2 without TLS. */
  public record H2c(boolean enabled) {}

  static Http read(Section s) {
    var net = s.choice("net", Net.TCP);
    return new Http(
        // The address of a Unix socket is a path.
        net == Net.TCP ? s.value("addr", Address::parse, DEFAULT_ADDR) : skipAddr(s),
        net,
        s.value("prefix", Http::parsePrefix, "/"),
        s.value("host", HttpUrl::parse),
        s.secret("secret"),
        s.flag("relativeurls", false),
        s.duration("draintimeout", Duration.ZERO),
        s.values("trustedproxies", AddressBlock::parse),
        HttpTls.read(s.section("tls")),
        headers(s.section("headers")),
        Debug.read(s.section("debug")),
        new Http2(s.section("http2").flag("disabled", false)),
        new H2c(s.section("h2c").flag("enabled", false)));
  }

  private static Address skipAddr(Section s) {
    s.skip("addr");
    return DEFAULT_ADDR;
  }

  private static Map<String, List<String>> headers(Section s) {
    for (var name : s.keys()) {
      if (!HEADER.matcher(name).matches()) {
        s.problem(name, "is no name of a header");
      }
    }
    return s.lists(Http::parseHeaderValue);
  }

  static String parseHeaderValue(String text) {
    if (text.chars().anyMatch(c -> (c < ' ' && c != '\t') || c == 0x7F || c > 0xFF)) {
      throw new IllegalArgumentException("has a character that no header may have");
    }
    return text;
  }

  private static String parsePrefix(String text) {
    if (!PREFIX.matcher(text).matches()) {
      throw new IllegalArgumentException("must be a path that begins and ends with a slash");
    }
    return text;
  }

  private static String parsePath(String text) {
    if (!text.matches("/[A-Za-z0-9._~/-]*")) {
      throw new IllegalArgumentException("must be a path that begins with a slash");
    }
    return text;
  }
}
