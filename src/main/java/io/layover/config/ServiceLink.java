package io.layover.config;

import java.util.regex.Pattern;

/**
 * The variables that Kubernetes sets in every pod for every service. A service called {@code
 * registry} or {@code registry-http} makes some that look like ours.
 */
final class ServiceLink {
  private static final Pattern BY_NAME =
      Pattern.compile(".+_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_[A-Z]+_(PROTO|PORT|ADDR))");

  /** By their value too: {@code REGISTRY_HTTP_PORT=5000} is somebody's mistake. */
  private static final Pattern BY_VALUE = Pattern.compile(".+_PORT(_\\d+_[A-Z]+)?");

  private static final Pattern VALUE = Pattern.compile("(tcp|udp|sctp)://.*");

  private ServiceLink() {}

  static boolean matches(String name, String value) {
    return BY_NAME.matcher(name).matches()
        || (BY_VALUE.matcher(name).matches() && VALUE.matcher(value).matches());
  }
}
