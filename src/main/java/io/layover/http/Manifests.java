package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.Tag;
import io.layover.registry.ManifestContent;
import io.layover.registry.Pushes;
import io.layover.registry.Routing;
import io.layover.registry.Routing.Target;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Manifests by tag or digest.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests">distribution-spec,
 *     Pulling manifests</a>
 */
final class Manifests {
  /** More tags in one push than any client sets. */
  private static final int MOST_TAGS = 128;

  private final Routing routing;
  private final Pushes pushes;
  private final Writes writes;
  private final Notices notices;
  private final ReadyHeaders ready;

  Manifests(Routing routing, Pushes pushes, Writes writes, Notices notices, ReadyHeaders ready) {
    this.routing = routing;
    this.pushes = pushes;
    this.writes = writes;
    this.notices = notices;
    this.ready = ready;
  }

  Future<Void> get(RoutingContext ctx) {
    var reference = Params.reference(ctx);
    var target = Targets.of(routing, ctx);
    var found =
        ctx.request().method().equals(HttpMethod.HEAD)
            ? target.source().manifestHead(target.name(), reference)
            : target.source().manifest(target.name(), reference);
    return found
        .compose(manifest -> forOldClients(ctx, target, reference, manifest))
        .compose(
            manifest ->
                send(ctx, manifest)
                    .onSuccess(
                        v -> {
                          if (ctx.response().getStatusCode() == 200) {
                            notices.pulled(ctx, target.name(), reference, manifest);
                          }
                        }));
  }

  /**
   * A client that asks for a tag and does not know Docker's lists of manifests is given the list's
   * entry for linux/amd64, as distribution does.
   */
  private static Future<ManifestContent> forOldClients(
      RoutingContext ctx, Target target, Reference reference, ManifestContent manifest) {
    if (reference instanceof Digest
        || !manifest.mediaType().equals(MediaTypes.DOCKER_LIST)
        || Headers.accepts(ctx.request(), MediaTypes.DOCKER_LIST)) {
      return Future.succeededFuture(manifest);
    }
    var list =
        manifest.body() != null
            ? Future.succeededFuture(manifest)
            : target.source().manifest(target.name(), reference);
    return list.compose(
        whole -> {
          var child = whole.body() == null ? null : linuxAmd64(whole.body());
          return child == null
              ? Future.failedFuture(
                  new RegistryException(
                      ErrorCode.MANIFEST_UNKNOWN,
                      "this is a list without linux/amd64, and the client accepts no lists",
                      reference.toString()))
              : target.source().manifest(target.name(), child);
        });
  }

  private static @Nullable Digest linuxAmd64(Buffer list) {
    return Manifest.parse(list.getBytes(), null).manifests().stream()
        .filter(
            child ->
                child.platform() != null
                    && "linux".equals(child.platform().get("os"))
                    && "amd64".equals(child.platform().get("architecture")))
        .map(child -> child.digest())
        .findFirst()
        .orElse(null);
  }

  private Future<Void> send(RoutingContext ctx, ManifestContent manifest) {
    RequestLog.outcome(ctx, manifest.outcome());
    var response = ctx.response();
    if (Headers.isKnown(ctx.request(), manifest.digest())) {
      describe(response.headers(), manifest);
      return response.setStatusCode(304).end();
    }
    ready.put(
        ctx,
        manifest.digest(),
        manifest.outcome(),
        headers -> {
          describe(headers, manifest);
          headers
              .set(Headers.CONTENT_TYPE, manifest.mediaType())
              .set(Headers.CONTENT_LENGTH, Long.toString(manifest.size()));
        });
    var body = manifest.body();
    return body == null || ctx.request().method().equals(HttpMethod.HEAD)
        ? response.end()
        : response.end(body);
  }

  private static void describe(MultiMap headers, ManifestContent manifest) {
    Headers.content(headers, manifest.digest());
    Headers.outcome(headers, manifest.outcome());
  }

  Future<Void> put(RoutingContext ctx) {
    var reference = Params.reference(ctx);
    var tags = tags(ctx, reference);
    var name = writes.target(ctx);
    var header = ctx.request().getHeader("Content-Type");
    var contentType = header == null ? null : MediaTypes.essence(header);
    return Bodies.receive(ctx.request(), Manifest.LARGEST)
        .compose(
            body ->
                pushes
                    .push(name, reference, tags, body, contentType)
                    .onSuccess(
                        pushed ->
                            notices.pushed(
                                ctx,
                                name,
                                pushed,
                                body.length(),
                                reference instanceof Tag tag ? List.of(tag) : tags)))
        .compose(
            pushed -> {
              var response =
                  ctx.response()
                      .setStatusCode(201)
                      .putHeader("Location", writes.url(name, "/manifests/" + pushed.digest()))
                      .putHeader("Docker-Content-Digest", pushed.digest().toString())
                      .putHeader("Content-Length", "0");
              if (pushed.subject() != null) {
                response.putHeader("OCI-Subject", pushed.subject().toString());
              }
              if (!tags.isEmpty()) {
                response.putHeader("OCI-Tag", tags.stream().map(Tag::value).toList());
              }
              return response.end();
            });
  }

  /** The {@code tag} parameters of a push by digest. */
  private static List<Tag> tags(RoutingContext ctx, Reference reference) {
    var texts = reference instanceof Digest ? ctx.queryParam("tag") : List.<String>of();
    if (texts.size() > MOST_TAGS) {
      throw new RegistryException(
          ErrorCode.URI_TOO_LONG,
          "at most " + MOST_TAGS + " tags can be set at once",
          Map.of("tags", texts.size()));
    }
    return texts.stream().map(Tag::parse).distinct().toList();
  }

  Future<Void> delete(RoutingContext ctx) {
    var reference = Params.reference(ctx);
    var name = writes.deletable(ctx);
    return pushes
        .delete(name, reference)
        .onSuccess(v -> notices.deleted(ctx, name, reference))
        .compose(v -> ctx.response().setStatusCode(202).putHeader("Content-Length", "0").end());
  }
}
