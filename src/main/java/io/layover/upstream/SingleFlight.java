package io.layover.upstream;

import io.layover.futures.Futures;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Runs one load per key at a time; callers that arrive meanwhile share its outcome, failures
 * included, each on its own event loop.
 */
final class SingleFlight<K, V> {
  private final ConcurrentHashMap<K, Future<V>> flights = new ConcurrentHashMap<>();

  Future<V> get(K key, Supplier<Future<V>> load) {
    return get(key, load, outcome -> outcome);
  }

  /**
   * The same.
   *
   * @param joined what those get who did not begin the load
   */
  Future<V> get(K key, Supplier<Future<V>> load, UnaryOperator<V> joined) {
    Promise<V> mine = Promise.promise();
    var theirs = flights.putIfAbsent(key, mine.future());
    if (theirs != null) {
      return Futures.onCallersContext(theirs).map(joined);
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
}
