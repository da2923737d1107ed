package io.layover.http;

import io.layover.registry.LocalRegistry;
import io.layover.registry.Routing;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * Lists of tags and repositories, page by page.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags">distribution-spec,
 *     Listing tags</a>
 */
final class Listings {
  private static final int CATALOG_PAGE = 100;

  private final Routing routing;
  private final LocalRegistry local;
  private final int mostTags;
  private final int mostRepositories;
  private final String base;

  Listings(Routing routing, LocalRegistry local, int mostTags, int mostRepositories, String base) {
    this.routing = routing;
    this.local = local;
    this.mostTags = mostTags;
    this.mostRepositories = mostRepositories;
    this.base = base;
  }

  Future<Void> tags(RoutingContext ctx) {
    var name = Params.name(ctx);
    var target = Targets.of(routing, ctx);
    var limit = Params.limit(ctx, mostTags, mostTags);
    // One more than wanted tells whether there is another page.
    return target
        .source()
        .tags(target.name(), Params.query(ctx, "last"), limit + 1)
        .compose(
            found -> {
              if (found.outcome().upstream() != null) {
                Headers.outcome(ctx.response().headers(), found.outcome());
              }
              var json = new JsonObject().put("name", name.value());
              return send(ctx, base + name + "/tags/list", json, "tags", found.tags(), limit);
            });
  }

  Future<Void> catalog(RoutingContext ctx) {
    var limit = Params.limit(ctx, Math.min(CATALOG_PAGE, mostRepositories), mostRepositories);
    return local
        .catalog(Params.query(ctx, "last"), limit + 1)
        .compose(
            found -> send(ctx, base + "_catalog", new JsonObject(), "repositories", found, limit));
  }

  private static Future<Void> send(
      RoutingContext ctx, String path, JsonObject json, String key, List<String> found, int limit) {
    var page = found.size() > limit ? found.subList(0, limit) : found;
    if (found.size() > limit && limit > 0) {
      var next = "%s?n=%d&last=%s".formatted(path, limit, Headers.encode(page.getLast()));
      Headers.next(ctx, next);
    }
    return ctx.response()
        .putHeader("Content-Type", "application/json")
        .end(json.put(key, new JsonArray(page)).toBuffer());
  }
}
