package io.layover.http;

import io.layover.registry.Routing;
import io.layover.registry.Routing.Target;
import io.vertx.ext.web.RoutingContext;

/** Which repository a request is about. */
final class Targets {
  private Targets() {}

  /** The repository that the request names, and the source that has it. */
  static Target of(Routing routing, RoutingContext ctx) {
    var target = routing.target(Params.name(ctx), Params.query(ctx, "ns"));
    RequestLog.repository(ctx, target.name());
    return target;
  }
}
