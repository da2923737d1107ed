package io.layover.auth;

import io.layover.oci.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The two documents of a token, which nothing vouches for yet.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7515#section-7.1">RFC 7515, 7.1</a>
 */
record CompactToken(Map<String, Object> header, Map<String, Object> claims) {
  private static final Base64.Decoder BASE64 = Base64.getUrlDecoder();

  /** The last second of the year 9999; nothing is later. */
  private static final double LATEST = 253_402_300_799d;

  /** Reads a token; null if it is none. */
  static @Nullable CompactToken parse(String text) {
    var first = text.indexOf('.');
    var second = text.indexOf('.', first + 1);
    if (first <= 0
        || second < 0
        || second == text.length() - 1
        || text.indexOf('.', second + 1) >= 0) {
      return null;
    }
    try {
      return new CompactToken(
          Json.object(BASE64.decode(text.substring(0, first))),
          Json.object(BASE64.decode(text.substring(first + 1, second))));
    } catch (IOException | IllegalArgumentException e) {
      return null;
    }
  }

  @Nullable String text(String claim) {
    return claims.get(claim) instanceof String text ? text : null;
  }

  /** Seconds since 1970, whole ones; null if the claim is no time. */
  @Nullable Long time(String claim) {
    return claims.get(claim) instanceof Number number
        ? (Long) (long) Math.clamp(number.doubleValue(), 0, LATEST)
        : null;
  }

  /** True if the claim is absent, or a time. */
  boolean isTimeOrAbsent(String claim) {
    return !claims.containsKey(claim) || time(claim) != null;
  }

  boolean isFor(String service) {
    return claims.get("aud") instanceof List<?> several
        ? several.contains(service)
        : service.equals(claims.get("aud"));
  }

  /** What the {@code access} claim grants; entries of another form grant nothing. */
  List<Scope> access() {
    var scopes = new ArrayList<Scope>();
    if (claims.get("access") instanceof List<?> entries) {
      for (var entry : entries) {
        if (entry instanceof Map<?, ?> map
            && map.get("type") instanceof String type
            && map.get("name") instanceof String name
            && map.get("actions") instanceof List<?> actions) {
          scopes.add(
              Scope.of(type, name, actions.stream().map(String::valueOf).toArray(String[]::new)));
        }
      }
    }
    return scopes;
  }
}
