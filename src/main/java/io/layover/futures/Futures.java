package io.layover.futures;

import io.vertx.core.Future;
import io.vertx.core.Vertx;

/** Futures that more than one event loop waits for. */
public final class Futures {
  private Futures() {}

  /**
   * The same outcome, delivered where the caller runs, and not where it happens to come about. What
   * is there already is delivered at once.
   */
  public static <T> Future<T> onCallersContext(Future<T> future) {
    var context = Vertx.currentContext();
    return context == null || future.isComplete()
        ? future
        : Future.fromCompletionStage(future.toCompletionStage(), context);
  }
}
