package io.layover.net;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A server that is asked to connect us to others. */
public final class ForwardProxy {
  /** What it speaks. */
  public enum Kind {
    HTTP(80),
    SOCKS5(1080);

    private final int port;

    Kind(int port) {
      this.port = port;
    }
  }

  private final Kind kind;
  private final String host;
  private final int port;
  private final @Nullable String user;
  private final @Nullable String password;

  private ForwardProxy(URI url, Kind kind) {
    this.kind = kind;
    this.host = url.getHost().replaceAll("[\\[\\]]", "");
    this.port = url.getPort() < 0 ? kind.port : url.getPort();
    var info = url.getRawUserInfo();
    var colon = info == null ? -1 : info.indexOf(':');
    this.user = info == null ? null : decode(colon < 0 ? info : info.substring(0, colon));
    this.password = info == null ? null : decode(colon < 0 ? "" : info.substring(colon + 1));
  }

  /**
   * Reads {@code http://user:password@host:port} or {@code socks5://…}; the scheme may be left out.
   *
   * @throws IllegalArgumentException if it is neither; the message does not repeat the text, which
   *     may hold a password
   */
  public static ForwardProxy parse(String text) {
    URI url;
    try {
      url = new URI(text.contains("://") ? text : "http://" + text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URL of a proxy: " + e.getReason(), e);
    }
    if (url.getHost() == null || url.getPort() == 0 || url.getPort() > 65_535) {
      throw new IllegalArgumentException("is no URL of a proxy, such as http://proxy:3128");
    }
    return switch (url.getScheme().toLowerCase(Locale.ROOT)) {
      case "http" -> new ForwardProxy(url, Kind.HTTP);
      case "socks5", "socks5h" -> new ForwardProxy(url, Kind.SOCKS5);
      default ->
          throw new IllegalArgumentException("must begin with http:// or socks5://, or be a host");
    };
  }

  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  public Kind kind() {
    return kind;
  }

  public String host() {
    return host;
  }

  public int port() {
    return port;
  }

  public @Nullable String user() {
    return user;
  }

  public @Nullable String password() {
    return password;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ForwardProxy that
        && toString().equals(that.toString())
        && Objects.equals(password, that.password);
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }

  /** Its URL, with the password masked. */
  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT)
        + "://"
        + (user == null ? "" : user + ":********@")
        + (host.indexOf(':') < 0 ? host : "[" + host + "]")
        + ":"
        + port;
  }
}
