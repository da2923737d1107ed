package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import io.layover.registry.Routing.Target;
import io.vertx.ext.web.RoutingContext;

/** Which repository a request is about. */
final class Targets {
  private Targets() {}

  /** The repository to read from. */
  static Target of(Routing routing, RoutingContext ctx) {
    var target = routing.target(Params.name(ctx), Params.query(ctx, "ns"));
    RequestLog.repository(ctx, target.name());
    return target;
  }

  /** The repository to write to; {@code DENIED} if it is not one that is pushed here. */
  static RepositoryName forWriting(Routing routing, RoutingContext ctx) {
    var target = of(routing, ctx);
    if (!target.hosted()) {
      throw new RegistryException(
          ErrorCode.DENIED, target.name() + " is read-only here: " + routing.pushRule());
    }
    return target.name();
  }
}
