package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.oci.RegistryException;
import io.layover.registry.BlobContent;
import io.layover.registry.Pushes;
import io.layover.registry.Routing;
import io.layover.storage.Blob;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Blobs: whole, in part, or only their head.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-blobs">distribution-spec,
 *     Pulling blobs</a>
 */
final class Blobs {
  private static final String FOR_EVER = "max-age=31536000";

  private final Routing routing;
  private final Pushes pushes;
  private final Writes writes;

  Blobs(Routing routing, Pushes pushes, Writes writes) {
    this.routing = routing;
    this.pushes = pushes;
    this.writes = writes;
  }

  Future<Void> delete(RoutingContext ctx) {
    var digest = Params.digest(ctx);
    return pushes
        .deleteBlob(writes.deletable(ctx), digest)
        .compose(v -> ctx.response().setStatusCode(202).putHeader("Content-Length", "0").end());
  }

  Future<Void> get(RoutingContext ctx) {
    var digest = Params.digest(ctx);
    var target = Targets.of(routing, ctx);
    return target.source().blob(target.name(), digest).compose(found -> send(ctx, found));
  }

  Future<Void> head(RoutingContext ctx) {
    var digest = Params.digest(ctx);
    var target = Targets.of(routing, ctx);
    return target
        .source()
        .blobHead(target.name(), digest)
        .compose(
            head -> {
              RequestLog.outcome(ctx, head.outcome());
              var response = describe(ctx.response(), digest);
              Headers.outcome(response, head.outcome());
              if (Headers.isKnown(ctx.request(), digest)) {
                return response.setStatusCode(304).end();
              }
              if (head.size() != Blob.UNKNOWN) {
                response.putHeader("Content-Length", Long.toString(head.size()));
              }
              return response.end();
            });
  }

  private Future<Void> send(RoutingContext ctx, BlobContent found) {
    var blob = found.blob();
    RequestLog.outcome(ctx, found.outcome());
    return Future.succeededFuture()
        .compose(
            v -> {
              var known = Headers.isKnown(ctx.request(), blob.digest());
              var ranges = known ? List.<Range>of() : ranges(ctx.request(), blob);
              var response = describe(ctx.response(), blob.digest());
              Headers.outcome(response, found.outcome());
              return known
                  ? response.setStatusCode(304).end()
                  : send(ctx, blob, ranges)
                      .onSuccess(sent -> found.sent().accept(length(blob, ranges)));
            })
        .onComplete(v -> blob.close());
  }

  private static long length(Blob blob, List<Range> ranges) {
    return ranges.isEmpty()
        ? Math.max(0, blob.size())
        : ranges.stream().mapToLong(Range::length).sum();
  }

  /** The parts that are asked for; none if the whole is, or if its size is not known yet. */
  private static List<Range> ranges(HttpServerRequest request, Blob blob) {
    if (blob.size() == Blob.UNKNOWN) {
      return List.of();
    }
    try {
      return Range.parse(wanted(request, blob.digest()), blob.size());
    } catch (RegistryException e) {
      // Tells the client how much there is (RFC 9110, 15.5.17).
      request.response().putHeader("Content-Range", "bytes */" + blob.size());
      throw e;
    }
  }

  private static Future<Void> send(RoutingContext ctx, Blob blob, List<Range> ranges) {
    if (ranges.isEmpty()) {
      return Bodies.send(ctx, blob, 0, blob.size());
    }
    var response = ctx.response().setStatusCode(206);
    if (ranges.size() > 1) {
      return Bodies.sendParts(ctx.request(), blob, ranges);
    }
    var range = ranges.getFirst();
    response.putHeader("Content-Range", range.contentRange(blob.size()));
    return Bodies.send(ctx, blob, range.start(), range.length());
  }

  /** The {@code Range} header, unless it is meant for another content ({@code If-Range}). */
  private static @Nullable String wanted(HttpServerRequest request, Digest digest) {
    var condition = request.getHeader("If-Range");
    return condition == null || condition.strip().equals('"' + digest.toString() + '"')
        ? request.getHeader("Range")
        : null;
  }

  private static HttpServerResponse describe(HttpServerResponse response, Digest digest) {
    return Headers.content(response, digest)
        .putHeader("Content-Type", MediaTypes.OCTET_STREAM)
        .putHeader("Accept-Ranges", "bytes")
        .putHeader("Cache-Control", FOR_EVER);
  }
}
