package io.layover.http;

import io.layover.registry.Routing;
import io.layover.registry.Routing.Target;
import io.vertx.ext.web.RoutingContext;

/** Which repository a request is about. */
final class Targets {
  private static final String KEY = Targets.class.getName();

  private Targets() {}

  /** The repository that the request names, and the source that has it; found once a request. */
  static Target of(Routing routing, RoutingContext ctx) {
    if (ctx.get(KEY) instanceof Target known) {
      return known;
    }
    var target = routing.target(Params.name(ctx), Params.query(ctx, "ns"));
    RequestLog.repository(ctx, target.name());
    ctx.put(KEY, target);
    return target;
  }
}
