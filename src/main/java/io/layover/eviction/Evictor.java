package io.layover.eviction;

import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes what is to go, a few links at a time. The blob goes first, then the tags, then the link:
 * what an end in between leaves is a link without its blob, which is fetched again when it is asked
 * for, and never a blob that nothing knows of.
 */
final class Evictor {
  private static final Logger LOG = LoggerFactory.getLogger(Evictor.class);
  private static final int BATCH = 16;

  private final Context context;
  private final Choice choice;
  private final Stores stores;
  private final EvictionMeters meters;
  private final AtomicBoolean wanted = new AtomicBoolean();
  private final Promise<Void> closed = Promise.promise();
  private boolean running;
  private boolean closing;

  /** False while another one evicts. */
  private volatile boolean allowed;

  /**
   * @param context on which everything is decided
   * @param stores those that note nothing in the books
   */
  Evictor(Context context, Choice choice, Stores stores, EvictionMeters meters) {
    this.context = context;
    this.choice = choice;
    this.stores = stores;
    this.meters = meters;
  }

  /** There may be more now than there may be. */
  void grown() {
    if (choice.isOver()) {
      sweep();
    }
  }

  /** Removes all that is to go, soon. */
  void sweep() {
    if (wanted.compareAndSet(false, true)) {
      context.runOnContext(v -> run());
    }
  }

  /** Whether anything may be removed from now on. */
  void allow(boolean allow) {
    allowed = allow;
  }

  /** Lets what is half gone go, and ends. */
  Future<Void> close() {
    context.runOnContext(
        v -> {
          closing = true;
          if (!running) {
            closed.tryComplete();
          }
        });
    return closed.future();
  }

  private void run() {
    if (running || closing) {
      return;
    }
    wanted.set(false);
    if (!allowed) {
      return;
    }
    running = true;
    Future.succeededFuture()
        .compose(v -> step(choice.now()))
        .onComplete(
            done -> {
              running = false;
              if (done.failed()) {
                LOG.error("eviction broke off", done.cause());
              }
              if (closing) {
                closed.tryComplete();
              } else if (wanted.get()) {
                run();
              }
            });
  }

  private Future<Void> step(long since) {
    var victims = closing || !allowed ? List.<Victim>of() : choice.victims(since, BATCH);
    return victims.isEmpty()
        ? Future.succeededFuture()
        : Future.join(victims.stream().map(this::remove).toList()).compose(v -> step(since));
  }

  private Future<Void> remove(Victim victim) {
    return (victim.last() ? stores.blobs().evict(victim.digest()) : Future.succeededFuture(true))
        .compose(
            free -> {
              if (!free) {
                choice.stays(victim);
                return Future.succeededFuture();
              }
              if (victim.last()) {
                choice.gone(victim);
              }
              return unlink(victim).compose(v -> left(victim));
            })
        .recover(
            e -> {
              LOG.warn("{} of {} could not be evicted", victim.digest(), victim.name(), e);
              choice.stays(victim);
              return Future.succeededFuture();
            });
  }

  private Future<Boolean> unlink(Victim victim) {
    var repositories = stores.repositories();
    return (victim.kind() == Kind.MANIFEST
            ? repositories.untagAll(victim.name(), victim.digest())
            : Future.<Void>succeededFuture())
        .compose(v -> repositories.unlink(victim.name(), victim.kind(), victim.digest()));
  }

  private Future<Void> left(Victim victim) {
    meters.evicted(victim);
    LOG.debug("{} of {} was evicted", victim.digest(), victim.name());
    return choice.left(victim)
        ? stores
            .repositories()
            .prune(victim.name())
            .otherwise(
                e -> {
                  LOG.warn("the empty repository {} could not be removed", victim.name(), e);
                  return null;
                })
        : Future.succeededFuture();
  }
}
