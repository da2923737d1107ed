package io.layover.upkeep;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** Work with streams and connections, which belong to event loops, for those who wait for it. */
final class OnLoop {
  private OnLoop() {}

  static <T> Future<T> run(Vertx vertx, Supplier<Future<T>> work) {
    Promise<T> outcome = Promise.promise();
    vertx.runOnContext(
        v -> Future.succeededFuture().compose(begun -> work.get()).onComplete(outcome));
    return outcome.future();
  }
}
