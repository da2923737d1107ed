package io.layover.config;

import io.layover.oci.Excerpt;
import java.util.regex.Pattern;

/**
 * Where to listen: {@code :5000}, {@code 127.0.0.1:5000}, {@code [::1]:5000}. An empty host is
 * every interface, port 0 a free one; an IPv6 host is without its brackets.
 */
public record Address(String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?:\\[([0-9A-Fa-f:.%a-z]+)\\]|([A-Za-z0-9._-]*)):(\\d{1,5})");

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it has no port, or is malformed
   */
  static Address parse(String text) {
    var m = FORM.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "\"%s\" is no address; write host:port or :port, such as :5000"
              .formatted(Excerpt.of(text)));
    }
    var port = Integer.parseInt(m.group(3));
    if (port > 65_535) {
      throw new IllegalArgumentException("has port %d; ports end at 65535".formatted(port));
    }
    return new Address(m.group(1) == null ? m.group(2) : m.group(1), port);
  }

  /** Whether it stands for every interface. */
  public boolean isEveryInterface() {
    return host.isEmpty();
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
