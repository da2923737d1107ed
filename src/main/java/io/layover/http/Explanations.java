package io.layover.http;

import io.layover.registry.Routing;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/**
 * What would happen if an image were pulled, and why, for people and their scripts. Whoever asks
 * must be allowed to pull it.
 */
final class Explanations {
  private final Routing routing;

  Explanations(Routing routing) {
    this.routing = routing;
  }

  Future<Void> get(RoutingContext ctx) {
    var reference = Params.image(ctx).reference();
    var target = Targets.of(routing, ctx);
    return target
        .source()
        .explain(target.name(), reference)
        .compose(
            explained -> {
              var body =
                  new JsonObject()
                      .put("repository", target.name().value())
                      .put("reference", reference.toString())
                      .put("source", target.hosted() ? "hosted" : "upstream")
                      .put("because", target.rule())
                      .mergeIn(explained)
                      .encodePrettily();
              return ctx.response()
                  .putHeader("Content-Type", "application/json")
                  .putHeader("Cache-Control", "no-store")
                  .end(body + "\n");
            });
  }
}
