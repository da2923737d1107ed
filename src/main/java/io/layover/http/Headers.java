package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.registry.Outcome;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Headers that several resources share. */
final class Headers {
  private static final CharSequence API_VERSION = name("Docker-Distribution-API-Version");
  static final CharSequence CONTENT_LENGTH = name("Content-Length");
  static final CharSequence CONTENT_TYPE = name("Content-Type");
  static final CharSequence ACCEPT_RANGES = name("Accept-Ranges");
  static final CharSequence CACHE_CONTROL = name("Cache-Control");

  private static final CharSequence CONTENT_DIGEST = name("Docker-Content-Digest");
  private static final CharSequence ETAG = name("ETag");
  private static final CharSequence CACHE_STATUS = name("Cache-Status");
  private static final CharSequence NAMESPACE = name("OCI-Namespace");

  private Headers() {}

  /** The name of a header that hits carry: its hash and its bytes are found once. */
  private static CharSequence name(String name) {
    return HttpHeaders.createOptimized(name);
  }

  /**
   * What every answer carries.
   *
   * @param more what it carries by the configuration
   */
  static MultiMap always(Map<String, List<String>> more) {
    var headers = HttpHeaders.headers().set(API_VERSION, "registry/2.0");
    more.forEach((name, values) -> headers.set(name, values));
    return headers.copy(false);
  }

  /** What every answer with a content says of it. */
  static MultiMap content(MultiMap headers, Digest digest) {
    var text = digest.toString();
    return headers.set(CONTENT_DIGEST, text).set(ETAG, '"' + text + '"');
  }

  /**
   * How the answer came about.
   *
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9211">RFC 9211, Cache-Status</a>
   */
  static void outcome(MultiMap headers, Outcome outcome) {
    var status = new StringBuilder("Layover; ").append(forward(outcome));
    if (outcome.upstreamStatus() != 0) {
      status.append("; fwd-status=").append(outcome.upstreamStatus());
    }
    var detail = outcome.kind() == Outcome.Kind.HOSTED ? "hosted" : outcome.detail();
    if (detail != null) {
      status.append("; detail=").append(detail);
    }
    headers.set(CACHE_STATUS, status.toString());
    if (outcome.upstream() != null) {
      headers.set(NAMESPACE, outcome.upstream());
    }
    if (outcome.kind() == Outcome.Kind.STALE) {
      headers.set("Warning", warning(outcome));
    }
  }

  private static String forward(Outcome outcome) {
    return switch (outcome.kind()) {
      case HOSTED, HIT, NEGATIVE -> "hit";
      case MISS -> "fwd=uri-miss; stored";
      case COLLAPSED -> "fwd=uri-miss; collapsed";
      case PASS -> "fwd=uri-miss";
      case STALE -> "fwd=stale";
      case FAILED -> outcome.confirmed() == null ? "fwd=uri-miss" : "fwd=stale";
    };
  }

  /**
   * What clients show to a person.
   *
   * @see <a
   *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#warnings">distribution-spec,
   *     Warnings</a>
   */
  private static String warning(Outcome outcome) {
    var why =
        switch (String.valueOf(outcome.detail())) {
          case "slow" -> "takes long to answer";
          case "limited", "reserve" -> "limits requests";
          case "offline" -> "is not called, as this cache is offline";
          default -> "could not be asked";
        };
    var confirmed = outcome.confirmed();
    return "299 - \"may be out of date%s: %s %s\""
        .formatted(
            confirmed == null
                ? ""
                : ", last confirmed " + confirmed.truncatedTo(ChronoUnit.SECONDS),
            outcome.upstream(),
            why);
  }

  /** Says where the next page is: at {@code path}, which has a query, of the same upstream. */
  static void next(RoutingContext ctx, String path) {
    var namespace = Params.query(ctx, "ns");
    var next = namespace == null ? path : path + "&ns=" + encode(namespace);
    ctx.response().putHeader("Link", "<%s>; rel=\"next\"".formatted(next));
  }

  /** Text as it stands in a query. */
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** True if the client names this media type among those it accepts, in any of its headers. */
  static boolean accepts(HttpServerRequest request, String mediaType) {
    return request.headers().getAll("Accept").stream()
        .flatMap(header -> Arrays.stream(header.split(",")))
        .anyMatch(accepted -> MediaTypes.essence(accepted).equals(mediaType));
  }

  /** True if the client says it has this content already, quoted or not. */
  static boolean isKnown(HttpServerRequest request, Digest digest) {
    var header = request.getHeader(HttpHeaders.IF_NONE_MATCH);
    if (header == null) {
      return false;
    }
    var text = digest.toString();
    return Arrays.stream(header.split(","))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .anyMatch(tag -> tag.equals("*") || tag.equals(text) || tag.equals('"' + text + '"'));
  }
}
