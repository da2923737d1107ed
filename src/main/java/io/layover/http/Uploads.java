package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
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
  private final UploadSessions sessions;
  private final Writes writes;

  Uploads(UploadSessions sessions, Writes writes) {
    this.sessions = sessions;
    this.writes = writes;
  }

  /** Begins an upload, or ends it at once: by a mount, or with the whole blob in the body. */
  Future<Void> start(RoutingContext ctx) {
    var name = writes.target(ctx);
    var mount = Params.query(ctx, "mount");
    if (mount != null) {
      var digest = Digest.parse(mount);
      var from = Params.query(ctx, "from");
      return sessions
          .mount(name, digest, from == null ? null : RepositoryName.parse(from))
          .compose(mounted -> mounted ? created(ctx, name, digest) : begin(ctx, name));
    }
    if (Params.query(ctx, "digest") == null) {
      return begin(ctx, name);
    }
    var digest = Params.queryDigest(ctx);
    Bodies.invite(ctx.request());
    return sessions
        .start(name, digest.algorithm())
        .compose(id -> sessions.finish(name, id, digest, null, ctx.request()))
        .compose(v -> created(ctx, name, digest));
  }

  private Future<Void> begin(RoutingContext ctx, RepositoryName name) {
    return sessions
        .start(name, Params.query(ctx, "digest-algorithm"))
        .compose(id -> progress(ctx, 202, name, id, 0));
  }

  private Future<Void> created(RoutingContext ctx, RepositoryName name, Digest digest) {
    return ctx.response()
        .setStatusCode(201)
        .putHeader("Location", writes.url("/v2/" + name + "/blobs/" + digest))
        .putHeader("Docker-Content-Digest", digest.toString())
        .putHeader("Content-Length", "0")
        .end();
  }

  Future<Void> status(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    return sessions.size(name, id).compose(size -> progress(ctx, 204, name, id, size));
  }

  Future<Void> append(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    var start = Params.chunkStart(ctx);
    Bodies.invite(ctx.request());
    return sessions
        .append(name, id, start, ctx.request())
        .compose(size -> progress(ctx, 202, name, id, size));
  }

  Future<Void> finish(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    var digest = Params.queryDigest(ctx);
    var start = Params.chunkStart(ctx);
    Bodies.invite(ctx.request());
    return sessions
        .finish(name, id, digest, start, ctx.request())
        .compose(v -> created(ctx, name, digest));
  }

  Future<Void> cancel(RoutingContext ctx) {
    var name = writes.target(ctx);
    return sessions
        .cancel(name, Params.upload(ctx))
        .compose(v -> ctx.response().setStatusCode(204).end());
  }

  private Future<Void> progress(
      RoutingContext ctx, int status, RepositoryName name, UUID id, long size) {
    HttpServerResponse response =
        ctx.response()
            .setStatusCode(status)
            .putHeader("Location", writes.url("/v2/" + name + "/blobs/uploads/" + id))
            .putHeader("Docker-Upload-UUID", id.toString())
            .putHeader("Range", "0-" + Math.max(0, size - 1));
    if (status != 204) {
      response.putHeader("Content-Length", "0");
    }
    return response.end();
  }
}
