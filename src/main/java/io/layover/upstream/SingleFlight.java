package io.layover.upstream;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Runs one load per key at a time; callers that arrive meanwhile share its outcome, failures
 * included, each on its own event loop.
 */
final class SingleFlight<K, V> {
  private final ConcurrentHashMap<K, Future<V>> flights = new ConcurrentHashMap<>();

  Future<V> get(K key, Supplier<Future<V>> load) {
    Promise<V> mine = Promise.promise();
    var theirs = flights.putIfAbsent(key, mine.future());
    if (theirs != null) {
      return onCallersContext(theirs);
    }
    Future.succeededFuture()
        .compose(v -> load.get())
        .onComplete(
            done -> {
              flights.remove(key);
              mine.handle(done);
            });
    return mine.future();
  }

  /** The same outcome, delivered where the caller runs. */
  static <T> Future<T> onCallersContext(Future<T> future) {
    var context = Vertx.currentContext();
    return context == null || future.isComplete()
        ? future
        : Future.fromCompletionStage(future.toCompletionStage(), context);
  }
}
