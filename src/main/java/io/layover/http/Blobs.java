package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.MediaTypes;
import io.layover.oci.RegistryException;
import io.layover.registry.BlobContent;
import io.layover.registry.Outcome;
import io.layover.registry.Pushes;
import io.layover.registry.Routing;
import io.layover.storage.Blob;
import io.layover.storage.Located;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
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
  private final Notices notices;
  private final ReadyHeaders ready;

  Blobs(Routing routing, Pushes pushes, Writes writes, Notices notices, ReadyHeaders ready) {
    this.routing = routing;
    this.pushes = pushes;
    this.writes = writes;
    this.notices = notices;
    this.ready = ready;
  }

  Future<Void> delete(RoutingContext ctx) {
    var digest = Params.digest(ctx);
    var name = writes.deletable(ctx);
    return pushes
        .deleteBlob(name, digest)
        .onSuccess(v -> notices.deleted(ctx, name, digest))
        .compose(v -> ctx.response().setStatusCode(202).putHeader("Content-Length", "0").end());
  }

  Future<Void> get(RoutingContext ctx) {
    var digest = Params.digest(ctx);
    var target = Targets.of(routing, ctx);
    return open(ctx, target, digest, true)
        .compose(
            answer ->
                send(ctx, answer)
                    .onSuccess(
                        v -> {
                          if (!answer.known) {
                            notices.pulledBlob(
                                ctx, target.name(), digest, answer.found.blob().size());
                          }
                        }));
  }

  /**
   * What is to be sent.
   *
   * @param known true if the client has it
   * @param ranges the parts that are asked for; none if the whole is
   * @param location where the client is sent instead
   */
  private record Answer(
      BlobContent found, boolean known, List<Range> ranges, @Nullable String location) {
    boolean isWhole() {
      return !known && location == null && ranges.isEmpty() && found.blob().size() != Blob.UNKNOWN;
    }
  }

  /**
   * The blob, whose bytes can be had: one that was deleted a moment ago may come from elsewhere.
   */
  private static Future<Answer> open(
      RoutingContext ctx, Routing.Target target, Digest digest, boolean again) {
    return target
        .source()
        .blob(target.name(), digest)
        .compose(
            found ->
                prepare(ctx, found)
                    .onFailure(e -> found.blob().close())
                    .recover(
                        e ->
                            again && isUnknown(e)
                                ? open(ctx, target, digest, false)
                                : Future.failedFuture(e)));
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof RegistryException known && known.code() == ErrorCode.BLOB_UNKNOWN;
  }

  private static Future<Answer> prepare(RoutingContext ctx, BlobContent found) {
    var blob = found.blob();
    try {
      var known = Headers.isKnown(ctx.request(), blob.digest());
      var location = !known && blob instanceof Located one ? one.location() : null;
      if (known || location != null) {
        return Future.succeededFuture(new Answer(found, known, List.of(), location));
      }
      var ranges = ranges(ctx.request(), found);
      var ready =
          ranges.isEmpty()
              ? blob.prepare(0, blob.size())
              : blob.prepare(ranges.getFirst().start(), ranges.getFirst().length());
      return ready.map(new Answer(found, false, ranges, null));
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
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
              var response = ctx.response();
              describe(response.headers(), digest, head.outcome());
              if (Headers.isKnown(ctx.request(), digest)) {
                return response.setStatusCode(304).end();
              }
              if (head.size() != Blob.UNKNOWN) {
                response.putHeader("Content-Length", Long.toString(head.size()));
              }
              return response
                  .end()
                  .onSuccess(v -> notices.pulledBlob(ctx, target.name(), digest, head.size()));
            });
  }

  private Future<Void> send(RoutingContext ctx, Answer answer) {
    var blob = answer.found.blob();
    RequestLog.outcome(ctx, answer.found.outcome());
    Future<Void> sent;
    try {
      sent = answer(ctx, answer);
    } catch (RuntimeException e) {
      sent = Future.failedFuture(e);
    }
    return sent.onComplete(v -> blob.close());
  }

  private Future<Void> answer(RoutingContext ctx, Answer answer) {
    var blob = answer.found.blob();
    var response = ctx.response();
    describe(ctx, answer);
    if (answer.location != null) {
      return redirect(response, answer.location);
    }
    return answer.known
        ? response.setStatusCode(304).end()
        : send(ctx, blob, answer.ranges)
            .onSuccess(sent -> answer.found.sent().accept(length(blob, answer.ranges)));
  }

  private static long length(Blob blob, List<Range> ranges) {
    return ranges.isEmpty()
        ? Math.max(0, blob.size())
        : ranges.stream().mapToLong(Range::length).sum();
  }

  /** The URL is good for a while only, so no cache may keep it. */
  private static Future<Void> redirect(HttpServerResponse response, String location) {
    return response
        .setStatusCode(307)
        .putHeader("Location", location)
        .putHeader("Cache-Control", "no-store")
        .putHeader("Content-Length", "0")
        .end();
  }

  /** The parts that are asked for; none if the whole is, or if its size is not known yet. */
  private static List<Range> ranges(HttpServerRequest request, BlobContent found) {
    var blob = found.blob();
    if (blob.size() == Blob.UNKNOWN) {
      return List.of();
    }
    try {
      return Range.parse(wanted(request, blob.digest()), blob.size());
    } catch (RegistryException e) {
      // Tells the client how much there is (RFC 9110, 15.5.17), and where.
      request.response().putHeader("Content-Range", "bytes */" + blob.size());
      Headers.outcome(request.response().headers(), found.outcome());
      throw e;
    }
  }

  private static Future<Void> send(RoutingContext ctx, Blob blob, List<Range> ranges) {
    if (ranges.isEmpty()) {
      return Bodies.send(ctx, blob, 0, blob.size());
    }
    var response = ctx.response().setStatusCode(206);
    if (ranges.size() > 1) {
      return Bodies.sendParts(ctx, blob, ranges);
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

  private void describe(RoutingContext ctx, Answer answer) {
    var blob = answer.found.blob();
    var outcome = answer.found.outcome();
    if (answer.isWhole()) {
      ready.put(
          ctx,
          blob.digest(),
          outcome,
          headers -> {
            describe(headers, blob.digest(), outcome);
            headers.set(Headers.CONTENT_LENGTH, Long.toString(blob.size()));
          });
    } else {
      describe(ctx.response().headers(), blob.digest(), outcome);
    }
  }

  private static void describe(MultiMap headers, Digest digest, Outcome outcome) {
    Headers.content(headers, digest)
        .set(Headers.CONTENT_TYPE, MediaTypes.OCTET_STREAM)
        .set(Headers.ACCEPT_RANGES, "bytes")
        .set(Headers.CACHE_CONTROL, FOR_EVER);
    Headers.outcome(headers, outcome);
  }
}
