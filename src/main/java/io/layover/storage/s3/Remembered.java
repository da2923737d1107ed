package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.futures.Futures;
import io.vertx.core.Future;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What S3 said lately, for as long as the cache keeps it. Who asks for the same at the same time
 * shares one request. What is read while it is changed here is not remembered; what others change
 * is seen when it is forgotten.
 */
final class Remembered<K, V> {
  private static final int STRIPES = 256;

  private final Cache<K, V> known;
  private final ConcurrentHashMap<K, Load<V>> loads = new ConcurrentHashMap<>();

  /** How many changes have begun or ended, by the hash of their keys. */
  private final Stripe[] stripes = new Stripe[STRIPES];

  private record Load<V>(long changes, Future<@Nullable V> future) {}

  private static final class Stripe {
    private long changes;
  }

  Remembered(Caffeine<? super K, ? super V> bounds) {
    known = bounds.build();
    for (var i = 0; i < STRIPES; i++) {
      stripes[i] = new Stripe();
    }
  }

  private Stripe stripe(K key) {
    return stripes[Math.floorMod(key.hashCode(), STRIPES)];
  }

  /** What is remembered, without a request. */
  @Nullable V peek(K key) {
    return known.getIfPresent(key);
  }

  /** The keys of all that is remembered. */
  Iterable<K> keys() {
    return known.asMap().keySet();
  }

  void forget(K key) {
    var stripe = stripe(key);
    synchronized (stripe) {
      stripe.changes++;
      known.invalidate(key);
    }
  }

  /** What is remembered, or else what {@code load} says; that something is absent never is. */
  Future<@Nullable V> get(K key, Supplier<Future<@Nullable V>> load) {
    var there = known.getIfPresent(key);
    if (there != null) {
      return Future.succeededFuture(there);
    }
    var stripe = stripe(key);
    long before;
    Load<V> running;
    synchronized (stripe) {
      before = stripe.changes;
      running = loads.get(key);
    }
    if (running != null && running.changes == before) {
      return Futures.onCallersContext(running.future);
    }
    var mine = new Load<>(before, load.get());
    loads.put(key, mine);
    return mine.future.onComplete(
        done -> {
          loads.remove(key, mine);
          if (done.succeeded() && done.result() != null) {
            synchronized (stripe) {
              if (stripe.changes == before) {
                known.put(key, done.result());
              }
            }
          }
        });
  }

  /**
   * Changes what S3 has, and remembers what it is then.
   *
   * @param after what is remembered once the change is made; null: nothing
   */
  <T> Future<T> change(
      K key, Supplier<Future<T>> change, Function<? super T, ? extends @Nullable V> after) {
    var stripe = stripe(key);
    long begun;
    synchronized (stripe) {
      begun = ++stripe.changes;
      known.invalidate(key);
    }
    return change
        .get()
        .onComplete(
            done -> {
              var value = done.succeeded() ? after.apply(done.result()) : null;
              synchronized (stripe) {
                known.invalidate(key);
                // With another change meanwhile, it is open which of them came last.
                if (value != null && stripe.changes == begun) {
                  known.put(key, value);
                }
                stripe.changes++;
              }
            });
  }
}
