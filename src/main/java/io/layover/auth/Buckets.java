package io.layover.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.function.LongSupplier;

/** For each key a number of free tries, which comes back with time. */
final class Buckets {
  private static final int MOST = 20_000;

  private record Bucket(double free, long at) {}

  private final int burst;
  private final Duration refill;
  private final LongSupplier nanoTime;
  private final Cache<String, Bucket> buckets;

  /**
   * Full buckets.
   *
   * @param burst how many tries are free at once
   * @param refill how long until another one is
   */
  Buckets(int burst, Duration refill, LongSupplier nanoTime) {
    this.burst = burst;
    this.refill = refill;
    this.nanoTime = nanoTime;
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            // By then it is full again.
            .expireAfterWrite(refill.multipliedBy(burst))
            .build();
  }

  /** The seconds until {@code key} has a free try; 0: it has one. */
  long secondsToWait(String key) {
    var bucket = buckets.getIfPresent(key);
    var missing = bucket == null ? 0 : 1 - freeNow(bucket);
    return missing <= 0 ? 0 : (long) Math.ceil(missing * refill.toNanos() / 1e9);
  }

  /** Takes a try away. */
  void take(String key) {
    buckets
        .asMap()
        .compute(
            key,
            (k, bucket) ->
                new Bucket(
                    Math.max(0, (bucket == null ? burst : freeNow(bucket)) - 1),
                    nanoTime.getAsLong()));
  }

  private double freeNow(Bucket bucket) {
    var passed = (double) (nanoTime.getAsLong() - bucket.at);
    return Math.min(burst, bucket.free + passed / refill.toNanos());
  }
}
