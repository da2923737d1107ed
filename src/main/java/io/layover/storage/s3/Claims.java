package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Keeps what was pushed through one replica from being evicted by another one, which knows the blob
 * from an upstream only. Who pushes writes a claim, and then looks whether the blob is leaving; who
 * evicts says that it is leaving, and then looks for a claim. So one of them sees the other.
 */
final class Claims {
  /** Longer than any request goes on trying, so whoever said it has ended. */
  private static final Duration LEAVING = Duration.ofMinutes(10);

  private static final int REMEMBERED = 50_000;

  private final Bucket bucket;
  private final Layout layout;
  private final Cache<Digest, Boolean> made =
      Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(Duration.ofHours(1)).build();

  Claims(Bucket bucket, Layout layout) {
    this.bucket = bucket;
    this.layout = layout;
  }

  /** Makes sure that a blob stays; fails with {@code UNAVAILABLE} if it has gone, or is going. */
  Future<Void> claim(Digest digest) {
    if (made.getIfPresent(digest) != null) {
      return Future.succeededFuture();
    }
    return bucket
        .write(layout.claim(digest), Buffer.buffer())
        .compose(v -> isLeaving(digest))
        .compose(leaving -> leaving ? Future.succeededFuture() : bucket.head(layout.blob(digest)))
        .compose(
            there -> {
              if (there == null) {
                return Future.failedFuture(
                    S3Failure.unavailable(
                        new IllegalStateException(digest + " was evicted while it was pushed")));
              }
              made.put(digest, true);
              return Future.succeededFuture();
            });
  }

  private Future<Boolean> isLeaving(Digest digest) {
    return bucket.age(layout.leaving(digest)).map(age -> age != null && age.compareTo(LEAVING) < 0);
  }

  /** Removes a blob by {@code delete}, unless it was pushed; false if it was. */
  Future<Boolean> evict(Digest digest, Supplier<Future<Boolean>> delete) {
    return bucket
        .write(layout.leaving(digest), Buffer.buffer())
        .compose(v -> bucket.head(layout.claim(digest)))
        .compose(claim -> claim == null ? delete.get().map(true) : Future.succeededFuture(false))
        .compose(free -> bucket.delete(layout.leaving(digest)).map(free));
  }
}
