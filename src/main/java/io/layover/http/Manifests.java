package io.layover.http;

import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.layover.registry.LocalRegistry;
import io.layover.registry.ManifestContent;
import io.layover.registry.Routing;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.RoutingContext;

/**
 * Manifests by tag or digest.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests">distribution-spec,
 *     Pulling manifests</a>
 */
final class Manifests {
  private final Routing routing;
  private final LocalRegistry local;
  private final String base;

  Manifests(Routing routing, LocalRegistry local, String base) {
    this.routing = routing;
    this.local = local;
    this.base = base;
  }

  Future<Void> get(RoutingContext ctx) {
    var reference = Params.reference(ctx);
    var target = Targets.of(routing, ctx);
    var found =
        ctx.request().method().equals(HttpMethod.HEAD)
            ? target.source().manifestHead(target.name(), reference)
            : target.source().manifest(target.name(), reference);
    return found.compose(manifest -> send(ctx, manifest));
  }

  private static Future<Void> send(RoutingContext ctx, ManifestContent manifest) {
    RequestLog.outcome(ctx, manifest.outcome());
    var response = Headers.content(ctx.response(), manifest.digest());
    Headers.outcome(response, manifest.outcome());
    if (Headers.isKnown(ctx.request(), manifest.digest())) {
      return response.setStatusCode(304).end();
    }
    response
        .putHeader("Content-Type", manifest.mediaType())
        .putHeader("Content-Length", Long.toString(manifest.size()));
    var body = manifest.body();
    return body == null || ctx.request().method().equals(HttpMethod.HEAD)
        ? response.end()
        : response.end(body);
  }

  Future<Void> put(RoutingContext ctx) {
    var reference = Params.reference(ctx);
    var name = Targets.forWriting(routing, ctx);
    var header = ctx.request().getHeader("Content-Type");
    var contentType = header == null ? null : MediaTypes.essence(header);
    return Bodies.receive(ctx.request(), Manifest.LARGEST)
        .compose(body -> local.push(name, reference, body, contentType))
        .compose(
            digest ->
                ctx.response()
                    .setStatusCode(201)
                    .putHeader("Location", base + name + "/manifests/" + digest)
                    .putHeader("Docker-Content-Digest", digest.toString())
                    .putHeader("Content-Length", "0")
                    .end());
  }
}
