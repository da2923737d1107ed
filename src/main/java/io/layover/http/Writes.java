package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;

/**
 * What may be written.
 *
 * @param deleteEnabled {@code storage.delete.enabled}
 * @param readOnly {@code storage.maintenance.readonly.enabled}
 * @param base what stands before a repository's name in {@code Location}
 */
record Writes(Routing routing, boolean deleteEnabled, boolean readOnly, String base) {

  /** The repository to write to; {@code DENIED} or {@code UNSUPPORTED} if that is not possible. */
  RepositoryName target(RoutingContext ctx) {
    var target = Targets.of(routing, ctx);
    if (readOnly) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED, "the registry is read-only for maintenance");
    }
    if (!target.hosted()) {
      throw new RegistryException(
          ErrorCode.DENIED, target.name() + " is read-only here: " + routing.pushRule());
    }
    return target.name();
  }

  /** The name here of a repository that a client mounts a blob from; null if no source has it. */
  @Nullable RepositoryName source(RepositoryName from) {
    try {
      return routing.target(from, null).name();
    } catch (RegistryException e) {
      return null;
    }
  }

  /** The repository to delete from. */
  RepositoryName deletable(RoutingContext ctx) {
    var target = Targets.of(routing, ctx);
    if (!deleteEnabled) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED, "deleting is switched off; storage.delete.enabled allows it");
    }
    if (!target.hosted()) {
      throw new RegistryException(
          ErrorCode.UNSUPPORTED,
          target.name() + " is a cache: what it holds is not deleted by hand");
    }
    return target(ctx);
  }

  /** Something below a repository, as it stands in {@code Location}. */
  String url(RepositoryName name, String path) {
    return base + name + path;
  }
}
