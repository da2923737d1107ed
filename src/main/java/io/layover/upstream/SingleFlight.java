package io.layover.upstream;

import io.layover.futures.Futures;
import io.vertx.core.Future;
import io.vertx.core.Promise;
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
      return Futures.onCallersContext(theirs);
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
