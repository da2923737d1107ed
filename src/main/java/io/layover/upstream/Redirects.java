package io.layover.upstream;

import io.layover.oci.RepositoryName;
import java.net.URI;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where an upstream may send us. */
final class Redirects {
  static final int MOST = 5;
  private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);
  private static final Pattern NEXT =
      Pattern.compile("<([^<>]*)>\\s*;[^,<>]*\\brel=\"?next\\b", Pattern.CASE_INSENSITIVE);
  private static final int LAST_PORT = 65_535;

  private Redirects() {}

  static boolean isRedirect(int status) {
    return STATUSES.contains(status);
  }

  /**
   * The address that a {@code Location} means.
   *
   * @throws UpstreamFailure {@code BROKEN} if it is none, no web address, or less protected than
   *     where it was found
   */
  static URI target(URI from, @Nullable String location) {
    if (location == null || location.isBlank()) {
      throw broken("it redirects without saying where to");
    }
    var to = webAddress(from, location);
    if (to == null) {
      throw broken("it redirects to something that is not a web address");
    }
    if (from.getScheme().equalsIgnoreCase("https") && !to.getScheme().equalsIgnoreCase("https")) {
      throw broken("it redirects from https to http");
    }
    return to;
  }

  /**
   * The absolute address that {@code text} means at {@code from}; null if that cannot be called.
   */
  static @Nullable URI webAddress(URI from, String text) {
    try {
      var to = from.resolve(text.strip());
      var scheme = to.getScheme();
      return (scheme.equalsIgnoreCase("https") || scheme.equalsIgnoreCase("http"))
              && to.getHost() != null
              && to.getPort() != 0
              && to.getPort() <= LAST_PORT
          ? to
          : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** True if both are the same server, which may know what it was told before. */
  static boolean sameOrigin(URI a, URI b) {
    return a.getScheme().equalsIgnoreCase(b.getScheme())
        && a.getHost().equalsIgnoreCase(b.getHost())
        && port(a) == port(b);
  }

  /**
   * The path, below a repository, of the page that comes after an answer; null if it is the last.
   *
   * @throws UpstreamFailure if it is not a page of this list's repository
   */
  static @Nullable String nextPage(Upstream upstream, RepositoryName name, Answer answer) {
    for (var header : answer.headers("Link")) {
      var link = NEXT.matcher(header);
      if (link.find()) {
        var below = upstream.base().getPath() + "/v2/" + upstream.remote(name) + "/";
        var found = webAddress(upstream.base().resolve(below), link.group(1));
        var to = found == null ? null : found.normalize();
        if (to == null || !sameOrigin(upstream.base(), to) || !to.getRawPath().startsWith(below)) {
          throw broken("its list goes on somewhere else");
        }
        var path = to.getRawPath().substring(below.length());
        return to.getRawQuery() == null ? path : path + "?" + to.getRawQuery();
      }
    }
    return null;
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0
        ? uri.getPort()
        : uri.getScheme().equalsIgnoreCase("https") ? 443 : 80;
  }

  private static UpstreamFailure broken(String message) {
    return UpstreamFailure.refused(Refusal.REDIRECT, message);
  }
}
