package io.layover.http;

import io.vertx.core.internal.net.RFC3986;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a path names. Names of repositories contain slashes and may contain words such as {@code
 * blobs}, so it is taken apart from its right end.
 *
 * @param repository the name of a repository, which may not be well formed; null where there is
 *     none
 * @param rest the digest, tag or upload, which may not be well formed; empty where there is none
 */
record Path(Kind kind, @Nullable String repository, String rest) {
  private static final String API = "/v2/";

  /** What is served; each counts as a route of its own. */
  enum Kind {
    BLOB,
    MANIFEST,
    UPLOADS,
    UPLOAD,
    TAGS,
    REFERRERS,
    CATALOG,
    EXPLAIN,
    BASE,
    ROOT,
    TOKEN,
    JWKS;

    private final String route = name().toLowerCase(Locale.ROOT);

    /** The route as figures and the log call it. */
    String route() {
      return route;
    }
  }

  /**
   * Reads a normalized path; null if there is nothing at it. What is not one thing out of many is
   * also found with a slash at its end.
   *
   * @throws IllegalArgumentException if it is not well encoded
   */
  static @Nullable Path parse(String path) {
    return switch (path) {
      case "/" -> new Path(Kind.ROOT, null, "");
      case "/v2", "/v2/" -> new Path(Kind.BASE, null, "");
      case "/v2/_catalog", "/v2/_catalog/" -> new Path(Kind.CATALOG, null, "");
      case "/api/explain" -> new Path(Kind.EXPLAIN, null, "");
      case "/auth", "/auth/", "/auth/token", "/auth/token/" -> new Path(Kind.TOKEN, null, "");
      case "/auth/jwks", "/auth/jwks/" -> new Path(Kind.JWKS, null, "");
      default -> path.startsWith(API) ? inRepository(path) : null;
    };
  }

  private static @Nullable Path inRepository(String path) {
    var hasSlash = path.endsWith("/");
    var end = hasSlash ? path.length() - 1 : path.length();
    var last = path.lastIndexOf('/', end - 1);
    var word = path.lastIndexOf('/', last - 1);
    if (isWord(path, last, end, "/list") && isWord(path, word, last, "/tags")) {
      return of(Kind.TAGS, path, word, end, end);
    }
    if (isWord(path, last, end, "/uploads") && isWord(path, word, last, "/blobs")) {
      return of(Kind.UPLOADS, path, word, end, end);
    }
    if (hasSlash) {
      return null;
    }
    if (isWord(path, word, last, "/blobs")) {
      return of(Kind.BLOB, path, word, last + 1, end);
    }
    if (isWord(path, word, last, "/manifests")) {
      return of(Kind.MANIFEST, path, word, last + 1, end);
    }
    if (isWord(path, word, last, "/referrers")) {
      return of(Kind.REFERRERS, path, word, last + 1, end);
    }
    var before = path.lastIndexOf('/', word - 1);
    return isWord(path, word, last, "/uploads") && isWord(path, before, word, "/blobs")
        ? of(Kind.UPLOAD, path, before, last + 1, end)
        : null;
  }

  private static boolean isWord(String path, int start, int end, String word) {
    return end - start == word.length() && path.startsWith(word, start);
  }

  private static @Nullable Path of(Kind kind, String path, int nameEnd, int restStart, int end) {
    return nameEnd <= API.length()
        ? null
        : new Path(
            kind,
            decoded(path.substring(API.length(), nameEnd)),
            decoded(path.substring(restStart, end)));
  }

  private static String decoded(String text) {
    return text.indexOf('%') < 0 ? text : RFC3986.decodeURIComponent(text, false);
  }
}
