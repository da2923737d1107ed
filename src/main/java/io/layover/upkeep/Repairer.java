package io.layover.upkeep;

import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.registry.Routing;
import io.layover.registry.Routing.Target;
import io.layover.storage.Disk;
import io.layover.storage.HashSink;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import io.layover.storage.filesystem.Layout;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import org.jspecify.annotations.Nullable;

/**
 * Puts what an upstream has in the place of what is broken. It is fetched into a store of its own,
 * where it is verified, so that nothing is lost if it cannot be had. Everything here blocks.
 */
public final class Repairer {
  /** Of a blob that no upstream can give. */
  public static final Repair PUSHED =
      new Repair(false, "it was pushed here, and has to be pushed again once its file is away");

  private static final Repair UNUSED =
      new Repair(false, "no repository has it, so garbage collection removes it");

  private final Vertx vertx;
  private final Stores stores;
  private final Disk disk;
  private final Routing fetching;
  private final Layout fetched;

  /**
   * @param stores with what is broken
   * @param fetching what fetches into another store
   * @param fetched where the files of that one are
   */
  public Repairer(Vertx vertx, Stores stores, Disk disk, Routing fetching, Layout fetched) {
    this.vertx = vertx;
    this.stores = stores;
    this.disk = disk;
    this.fetching = fetching;
    this.fetched = fetched;
  }

  /**
   * What was tried.
   *
   * @param isDone whether the blob is right now
   * @param sentence what was done, or why it could not be
   */
  public record Repair(boolean isDone, String sentence) {}

  /** Repairs a blob through the first of its repositories whose upstream has it. */
  public Repair repair(Broken broken) {
    var tried = broken.links().isEmpty() ? UNUSED : PUSHED;
    for (var link : broken.links()) {
      var target = target(link);
      if (target == null || target.hosted()) {
        continue;
      }
      var done =
          OnLoop.run(vertx, () -> fetch(target, link).compose(v -> replace(link.digest())))
              .transform(Future::succeededFuture)
              .await();
      if (done.succeeded()) {
        return new Repair(true, "fetched again for " + link.name());
      }
      var why = "it cannot be fetched for " + link.name() + ": " + Reason.of(done.cause());
      tried = new Repair(false, why);
    }
    return tried;
  }

  private @Nullable Target target(Link link) {
    try {
      return fetching.target(link.name(), null);
    } catch (RegistryException e) {
      // Its upstream was taken out of the configuration.
      return null;
    }
  }

  private Future<?> fetch(Target target, Link link) {
    return link.kind() == Kind.MANIFEST
        ? target.source().manifest(target.name(), link.digest())
        : target
            .source()
            .blob(target.name(), link.digest())
            // The end of it is seen when it is verified and stored.
            .compose(content -> HashSink.digestOf(content.blob(), disk));
  }

  /** What was read need not be kept: on a full disk it passes by. */
  private Future<Void> replace(Digest digest) {
    var file = fetched.blob(digest);
    return disk.run(() -> Files.size(file))
        .compose(there -> stores.blobs().delete(digest))
        .compose(v -> stores.blobs().publish(digest, file));
  }
}
