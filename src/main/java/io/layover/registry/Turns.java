package io.layover.registry;

import io.layover.futures.Futures;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Runs the actions of one key one after another, in the order in which they were asked for; those
 * of different keys do not wait for each other.
 */
final class Turns<K> {
  private final ConcurrentHashMap<K, Future<Void>> last = new ConcurrentHashMap<>();

  <T> Future<T> take(K key, Supplier<Future<T>> action) {
    Promise<Void> mine = Promise.promise();
    var before = last.put(key, mine.future());
    return (before == null ? Future.<Void>succeededFuture() : Futures.onCallersContext(before))
        .compose(v -> action.get())
        .onComplete(
            done -> {
              last.remove(key, mine.future());
              mine.complete();
            });
  }
}
