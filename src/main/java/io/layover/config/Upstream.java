package io.layover.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A registry that is pulled through.
 *
 * @param name its name in {@code ?ns=} and {@code OCI-Namespace}, and the first path segment that
 *     selects it
 * @param remoteurl scheme, host, port and path only, without a slash at its end
 * @param isDefault whether it is asked for names that select no other
 * @param allow the names that may be asked for; empty: all
 * @param deny the names that may not, even when allowed
 * @param ttl how long a cached object is kept after its last use; 0: for ever
 */
public record Upstream(
    String name,
    URI remoteurl,
    @Key("default") boolean isDefault,
    @Key("") @Nullable Credentials credentials,
    List<NamePattern> allow,
    List<NamePattern> deny,
    @Key("") Line line,
    Duration ttl,
    @Key("") Freshness freshness) {
  private static final Pattern NAME =
      Pattern.compile("[a-z0-9]+(?:(?:\\.|-+)[a-z0-9]+)*(?::[0-9]{1,5})?");

  /** The keys that an upstream may have of its own, else those of {@code proxy}. */
  record Ages(Duration ttl, Freshness freshness) {
    static final Ages DEFAULT = new Ages(Duration.ofDays(7), Freshness.DEFAULT);

    static Ages read(Section s, Ages otherwise) {
      return new Ages(s.duration("ttl", otherwise.ttl), Freshness.read(s, otherwise.freshness));
    }
  }

  /** The upstream of {@code proxy.remoteurl}. */
  static Upstream only(String name, URI url, @Nullable Credentials credentials, Ages ages) {
    return new Upstream(
        name,
        url,
        true,
        credentials,
        List.of(),
        List.of(),
        Line.DEFAULT,
        ages.ttl(),
        ages.freshness());
  }

  /** An entry of {@code proxy.upstreams}. */
  static Upstream read(
      Section s,
      String name,
      URI url,
      boolean isDefault,
      @Nullable Credentials otherwise,
      Ages ages) {
    var credentials = Credentials.read(s);
    var own = Ages.read(s, ages);
    var allow = s.values("allow", NamePattern::parse);
    if (s.has("allow") && allow.isEmpty()) {
      s.problem("allow", "is empty; leave it out to allow everything");
    }
    return new Upstream(
        name,
        url,
        isDefault,
        credentials == null ? otherwise : credentials,
        allow,
        s.values("deny", NamePattern::parse),
        Line.read(s),
        own.ttl(),
        own.freshness());
  }

  /** The name of a registry that was given none: its host, and its port if it has one. */
  static String nameOf(URI url) {
    return switch (url.getAuthority()) {
      case "registry-1.docker.io", "index.docker.io" -> "docker.io";
      case String authority -> authority;
    };
  }

  /**
   * Checks a name.
   *
   * @throws IllegalArgumentException if it cannot be a path segment
   */
  static String parseName(String text) {
    if (!NAME.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "must be a host, or host:port, of lower-case letters, digits, dots and hyphens");
    }
    return text;
  }
}
