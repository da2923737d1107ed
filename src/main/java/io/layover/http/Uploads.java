package io.layover.http;

import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import io.layover.registry.UploadSessions;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;

/**
 * Blobs being pushed.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs">distribution-spec,
 *     Pushing blobs</a>
 */
final class Uploads {
  private final Routing routing;
  private final UploadSessions sessions;
  private final String base;

  Uploads(Routing routing, UploadSessions sessions, String base) {
    this.routing = routing;
    this.sessions = sessions;
    this.base = base;
  }

  Future<Void> start(RoutingContext ctx) {
    var name = Targets.forWriting(routing, ctx);
    return sessions.start(name).compose(id -> progress(ctx, 202, name, id, 0));
  }

  Future<Void> status(RoutingContext ctx) {
    var name = Targets.forWriting(routing, ctx);
    var id = Params.upload(ctx);
    return sessions.size(name, id).compose(size -> progress(ctx, 204, name, id, size));
  }

  Future<Void> append(RoutingContext ctx) {
    var name = Targets.forWriting(routing, ctx);
    var id = Params.upload(ctx);
    var start = Params.chunkStart(ctx);
    return sessions
        .append(name, id, start, Bodies.stream(ctx.request()))
        .compose(size -> progress(ctx, 202, name, id, size));
  }

  Future<Void> finish(RoutingContext ctx) {
    var name = Targets.forWriting(routing, ctx);
    var id = Params.upload(ctx);
    var digest = Params.queryDigest(ctx);
    var start = Params.chunkStart(ctx);
    return sessions
        .finish(name, id, digest, start, Bodies.stream(ctx.request()))
        .compose(
            v ->
                ctx.response()
                    .setStatusCode(201)
                    .putHeader("Location", base + name + "/blobs/" + digest)
                    .putHeader("Docker-Content-Digest", digest.toString())
                    .putHeader("Content-Length", "0")
                    .end());
  }

  Future<Void> cancel(RoutingContext ctx) {
    var name = Targets.forWriting(routing, ctx);
    return sessions
        .cancel(name, Params.upload(ctx))
        .compose(v -> ctx.response().setStatusCode(204).end());
  }

  private Future<Void> progress(
      RoutingContext ctx, int status, RepositoryName name, UUID id, long size) {
    HttpServerResponse response =
        ctx.response()
            .setStatusCode(status)
            .putHeader("Location", base + name + "/blobs/uploads/" + id)
            .putHeader("Docker-Upload-UUID", id.toString())
            .putHeader("Range", "0-" + Math.max(0, size - 1));
    if (status != 204) {
      response.putHeader("Content-Length", "0");
    }
    return response.end();
  }
}
