package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.UploadSessions;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

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
  private final Guard guard;
  private final Notices notices;
  private final @Nullable Key key;

  /**
   * @param key {@code http.secret}, with which the state of uploads is signed; absent: Locations
   *     carry none
   */
  Uploads(UploadSessions sessions, Writes writes, Guard guard, Notices notices, @Nullable Key key) {
    this.sessions = sessions;
    this.writes = writes;
    this.guard = guard;
    this.notices = notices;
    this.key = key;
  }

  /** Begins an upload, or ends it at once: by a mount, or with the whole blob in the body. */
  Future<Void> start(RoutingContext ctx) {
    var name = writes.target(ctx);
    var mount = Params.query(ctx, "mount");
    if (mount != null) {
      return mount(ctx, name, Digest.parse(mount));
    }
    if (Params.query(ctx, "digest") == null) {
      return begin(ctx, name);
    }
    var digest = Params.queryDigest(ctx);
    var body = Bodies.stream(ctx);
    return sessions
        .start(name, digest.algorithm())
        .compose(
            id ->
                sessions
                    .finish(name, id, digest, null, body)
                    // Nobody knows of this upload who could go on with it.
                    .recover(
                        e ->
                            sessions.cancel(name, id).transform(v -> Future.<Void>failedFuture(e))))
        .onSuccess(v -> notices.pushedBlob(ctx, name, digest))
        .compose(v -> created(ctx, name, digest));
  }

  private Future<Void> mount(RoutingContext ctx, RepositoryName name, Digest digest) {
    var from = Params.query(ctx, "from");
    var source = from == null ? null : RepositoryName.parse(from);
    var mounted = source == null ? mountFromAny(name, digest) : mount(ctx, name, digest, source);
    return mounted.compose(
        done -> {
          if (!done) {
            return begin(ctx, name);
          }
          notices.mounted(ctx, name, digest, source);
          return created(ctx, name, digest);
        });
  }

  /** Who may not pull the blob there is told what those are told who name what is not there. */
  private Future<Boolean> mount(
      RoutingContext ctx, RepositoryName name, Digest digest, RepositoryName from) {
    var source = writes.source(from);
    return source == null || !guard.allows(ctx, Need.PULL, source)
        ? Future.succeededFuture(false)
        : sessions.mount(name, digest, source);
  }

  /** From wherever it is, unless somewhere may not be for everybody. */
  private Future<Boolean> mountFromAny(RepositoryName name, Digest digest) {
    return guard.isOpen() ? sessions.mountFromAny(name, digest) : Future.succeededFuture(false);
  }

  private Future<Void> begin(RoutingContext ctx, RepositoryName name) {
    return sessions
        .start(name, Params.query(ctx, "digest-algorithm"))
        .compose(id -> progress(ctx, 202, name, id, null, 0));
  }

  private Future<Void> created(RoutingContext ctx, RepositoryName name, Digest digest) {
    return ctx.response()
        .setStatusCode(201)
        .putHeader("Location", writes.url(name, "/blobs/" + digest))
        .putHeader("Docker-Content-Digest", digest.toString())
        .putHeader("Content-Length", "0")
        .end();
  }

  Future<Void> status(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    var state = state(ctx, name, id);
    return sessions.size(name, id).compose(size -> progress(ctx, 204, name, id, state, size));
  }

  Future<Void> append(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    var state = state(ctx, name, id);
    var start = start(ctx, state);
    return sessions
        .append(name, id, start, Bodies.stream(ctx))
        .compose(size -> progress(ctx, 202, name, id, state, size));
  }

  Future<Void> finish(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    var digest = Params.queryDigest(ctx);
    var start = start(ctx, state(ctx, name, id));
    return sessions
        .finish(name, id, digest, start, Bodies.stream(ctx))
        .onSuccess(v -> notices.pushedBlob(ctx, name, digest))
        .compose(v -> created(ctx, name, digest));
  }

  Future<Void> cancel(RoutingContext ctx) {
    var name = writes.target(ctx);
    var id = Params.upload(ctx);
    state(ctx, name, id);
    return sessions.cancel(name, id).compose(v -> ctx.response().setStatusCode(204).end());
  }

  /** What the client sends back of the Location it was given; null if that says nothing. */
  private @Nullable UploadState state(RoutingContext ctx, RepositoryName name, UUID id) {
    var text = key == null ? null : Params.query(ctx, "_state");
    return key == null || text == null ? null : UploadState.verify(text, key, name.value(), id);
  }

  /** Where the client believes its bytes to begin, which is in one header or in its Location. */
  private static @Nullable Long start(RoutingContext ctx, @Nullable UploadState state) {
    var start = Params.chunkStart(ctx);
    return start == null && state != null ? Long.valueOf(state.offset()) : start;
  }

  private Future<Void> progress(
      RoutingContext ctx,
      int status,
      RepositoryName name,
      UUID id,
      @Nullable UploadState before,
      long size) {
    var path = "/blobs/uploads/" + id;
    if (key != null) {
      var startedAt = before == null ? Instant.now() : before.startedAt();
      var state = new UploadState(name.value(), id.toString(), size, startedAt).sign(key);
      path += "?_state=" + URLEncoder.encode(state, StandardCharsets.UTF_8);
    }
    HttpServerResponse response =
        ctx.response()
            .setStatusCode(status)
            .putHeader("Location", writes.url(name, path))
            .putHeader("Docker-Upload-UUID", id.toString())
            .putHeader("Range", "0-" + Math.max(0, size - 1));
    if (status != 204) {
      response.putHeader("Content-Length", "0");
    }
    return response.end();
  }
}
