package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps what was pushed through one replica from being evicted by another one, which knows the blob
 * from an upstream only. Who pushes writes a claim, and then looks whether the blob is leaving; who
 * evicts says that it is leaving, and then looks for a claim. So one of them sees the other.
 */
final class Claims {
  private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

  /** Longer than any request goes on trying, so whoever said it has ended. */
  private static final Duration LEAVING = Duration.ofMinutes(10);

  private static final int PAGE = 1000;
  private static final int MOST_REMEMBERED = 50_000;
  static final Duration REMEMBERED = Duration.ofHours(1);

  private final Bucket bucket;
  private final Layout layout;
  private final Listing listing;
  private final Duration remembered;
  private final Cache<Digest, Boolean> made;

  /**
   * @param remembered how long a replica relies on a claim that it has made
   */
  Claims(Bucket bucket, Layout layout, Duration remembered) {
    this.bucket = bucket;
    this.layout = layout;
    this.listing = new Listing(bucket);
    this.remembered = remembered;
    this.made =
        Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).expireAfterWrite(remembered).build();
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
        // It may have been taken for an old one, while nobody was leaving yet or any more.
        .compose(
            there -> there == null ? Future.succeededFuture() : bucket.head(layout.claim(digest)))
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

  /**
   * Removes the claims to blobs that are gone, made before {@code before} and so long ago that no
   * replica relies on them. Completes with how many there were. With them goes what a replica left
   * that ended while it evicted.
   */
  Future<Integer> purge(Instant before, boolean dryRun) {
    var relied = Instant.now().minus(remembered.multipliedBy(2));
    var until = before.isBefore(relied) ? before : relied;
    return purgeAfter(null, until, dryRun)
        .onSuccess(
            count -> {
              if (count > 0) {
                LOG.info(
                    "{} marks say that blobs were pushed which are gone{}",
                    count,
                    dryRun ? "" : "; they have been removed");
              }
            })
        .compose(count -> forgetLeaving(until, dryRun).map(count));
  }

  private Future<Void> forgetLeaving(Instant before, boolean dryRun) {
    var left = new ConcurrentLinkedQueue<String>();
    return listing
        .each(
            layout.leaving(),
            (key, size, written) -> {
              if (written.isBefore(before)) {
                left.add(layout.leaving() + key);
              }
            })
        .compose(v -> dryRun ? Future.succeededFuture() : listing.deleteAll(List.copyOf(left)));
  }

  private Future<Integer> purgeAfter(@Nullable String last, Instant before, boolean dryRun) {
    return listing
        .keys(layout.claims(), last, PAGE)
        .compose(
            keys -> {
              var blobs = new TreeMap<String, Digest>();
              for (var key : keys) {
                var digest = Layout.parseClaim(key.substring(layout.claims().length()));
                if (digest != null) {
                  blobs.put(layout.blob(digest), digest);
                }
              }
              return withoutExisting(blobs)
                  .compose(v -> forget(blobs.values().iterator(), 0, before, dryRun))
                  .compose(
                      count ->
                          keys.size() < PAGE
                              ? Future.succeededFuture(count)
                              : purgeAfter(keys.getLast(), before, dryRun)
                                  .map(more -> count + more));
            });
  }

  /** Takes those blobs away that are there; both stand in the same order. */
  private Future<Void> withoutExisting(NavigableMap<String, Digest> blobs) {
    if (blobs.isEmpty()) {
      return Future.succeededFuture();
    }
    var first = blobs.firstKey();
    return withoutExisting(blobs, first.substring(0, first.length() - 1), blobs.lastKey());
  }

  private Future<Void> withoutExisting(Map<String, Digest> blobs, String after, String last) {
    return listing
        .keys(layout.blobs(), after, PAGE)
        .compose(
            keys -> {
              keys.forEach(blobs::remove);
              return keys.size() < PAGE || keys.getLast().compareTo(last) >= 0
                  ? Future.succeededFuture()
                  : withoutExisting(blobs, keys.getLast(), last);
            });
  }

  private Future<Integer> forget(Iterator<Digest> gone, int count, Instant before, boolean dryRun) {
    if (!gone.hasNext()) {
      return Future.succeededFuture(count);
    }
    return forget(gone.next(), before, dryRun)
        .compose(done -> forget(gone, done ? count + 1 : count, before, dryRun));
  }

  /** Who pushes it meanwhile finds that it is leaving, or its own claim missing. */
  private Future<Boolean> forget(Digest digest, Instant before, boolean dryRun) {
    if (dryRun) {
      return isOld(digest, before);
    }
    return bucket
        .write(layout.leaving(digest), Buffer.buffer())
        .compose(v -> bucket.head(layout.blob(digest)))
        .compose(blob -> blob == null ? isOld(digest, before) : Future.succeededFuture(false))
        .compose(
            old ->
                old ? bucket.delete(layout.claim(digest)).map(true) : Future.succeededFuture(false))
        .compose(done -> bucket.delete(layout.leaving(digest)).map(done));
  }

  private Future<Boolean> isOld(Digest digest, Instant before) {
    return bucket.writtenAt(layout.claim(digest)).map(at -> at != null && at.isBefore(before));
  }
}
