package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.registry.ReferrerPage;
import io.layover.registry.Routing;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * Lists of the manifests that refer to another.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers">distribution-spec,
 *     Listing Referrers</a>
 */
final class ReferrerLists {
  private static final int PAGE = 1000;

  private final Routing routing;
  private final String base;

  ReferrerLists(Routing routing, String base) {
    this.routing = routing;
    this.base = base;
  }

  Future<Void> get(RoutingContext ctx) {
    var subject = Params.digest(ctx);
    var target = Targets.of(routing, ctx);
    var type = Params.query(ctx, "artifactType");
    var last = Params.query(ctx, "last");
    var limit = Math.max(1, Params.limit(ctx, PAGE, PAGE));
    return target
        .source()
        .referrers(target.name(), subject, type, last == null ? null : Digest.parse(last), limit)
        .compose(
            page ->
                send(ctx, base + Params.name(ctx) + "/referrers/" + subject, page, type, limit));
  }

  private static Future<Void> send(
      RoutingContext ctx, String path, ReferrerPage page, @Nullable String type, int limit) {
    var response = ctx.response().putHeader("Content-Type", MediaTypes.OCI_INDEX);
    if (page.outcome().upstream() != null) {
      Headers.outcome(response.headers(), page.outcome());
    }
    if (type != null) {
      response.putHeader("OCI-Filters-Applied", "artifactType");
    }
    if (page.next() != null) {
      var filter = type == null ? "" : "&artifactType=" + Headers.encode(type);
      Headers.next(ctx, "%s?n=%d&last=%s%s".formatted(path, limit, page.next(), filter));
    }
    return response.end(
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_INDEX)
            .put("manifests", new JsonArray(page.descriptors()))
            .toBuffer());
  }
}
