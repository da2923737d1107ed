package io.layover.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** URLs of servers. What is wrong with one is told without showing it: it may hold a password. */
final class HttpUrl {
  private HttpUrl() {}

  /**
   * An {@code http} or {@code https} URL with a host.
   *
   * @throws IllegalArgumentException if it is none
   */
  static URI parse(String text) {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URL: " + e.getReason(), e);
    }
    if (!"https".equalsIgnoreCase(url.getScheme()) && !"http".equalsIgnoreCase(url.getScheme())) {
      throw new IllegalArgumentException("must begin with https:// or http://");
    }
    if (url.getRawAuthority() != null && url.getHost() == null) {
      throw new IllegalArgumentException("has a host that is no host name");
    }
    if (url.getHost() == null) {
      throw new IllegalArgumentException("has no host");
    }
    if (url.getPort() > 65_535) {
      throw new IllegalArgumentException(
          "has port %d; ports end at 65535".formatted(url.getPort()));
    }
    return url;
  }

  /**
   * The URL of a registry: scheme, host, port and path only. Scheme and host are in lower case, a
   * default port and trailing slashes gone, so that equal means the same place.
   */
  static URI base(String text) {
    var url = parse(text);
    if (url.getRawUserInfo() != null) {
      throw new IllegalArgumentException("has a user in it; use username and password instead");
    }
    if (url.getRawQuery() != null || url.getRawFragment() != null) {
      throw new IllegalArgumentException("has a query or fragment; a registry's URL has none");
    }
    var scheme = url.getScheme().toLowerCase(Locale.ROOT);
    var standard = url.getPort() == (scheme.equals("https") ? 443 : 80) || url.getPort() < 0;
    return URI.create(
        scheme
            + "://"
            + url.getHost().toLowerCase(Locale.ROOT)
            + (standard ? "" : ":" + url.getPort())
            + url.getRawPath().replaceAll("/+$", ""));
  }

  /** The URL with its user, if it has one, masked. */
  static String masked(URI url) {
    var user = url.getRawUserInfo();
    return user == null ? url.toString() : url.toString().replace(user + "@", Secret.MASK + "@");
  }
}
