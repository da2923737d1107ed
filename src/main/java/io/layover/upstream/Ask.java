package io.layover.upstream;

import io.vertx.core.http.HttpMethod;
import java.util.Locale;

/** The kinds of requests, as limits tell them apart. */
enum Ask {
  /** A manifest, which is what Docker Hub counts. */
  PULL,
  /** The head of a manifest, which it does not count. */
  CHECK,
  /** Anything else. */
  OTHER;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * @param path what follows the repository's name
   */
  static Ask of(HttpMethod method, String path) {
    if (!path.startsWith("manifests/")) {
      return OTHER;
    }
    return method.equals(HttpMethod.HEAD) ? CHECK : PULL;
  }
}
