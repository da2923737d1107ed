package io.layover.upkeep;

import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.HashSink;
import io.layover.storage.Stores;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads every blob that is stored and hashes it anew, as many at a time as there are processors.
 * The storage may be in use meanwhile. Everything here blocks.
 */
public final class Verifier {
  private static final int AT_ONCE = Runtime.getRuntime().availableProcessors();
  private static final int MOST_WAITING = 1000;
  private static final Comparator<Digest> BY_NAME = Comparator.comparing(Digest::toString);

  /**
   * What there is.
   *
   * @param blobs that were read
   * @param bytes of these
   * @param unread why some could not be read; nothing is known of them
   */
  public record Findings(int blobs, long bytes, List<Broken> broken, Map<Digest, String> unread) {}

  private record Other(long size, Digest actual) {}

  /** Is told how far it is, on several threads. */
  public interface Observer {
    /** So many bytes of all were hashed. */
    void hashed(long bytes, long all);
  }

  private final Vertx vertx;
  private final Stores stores;
  private final Disk disk;
  private final Observer observer;

  private final AtomicInteger blobs = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong passed = new AtomicLong();
  private final Map<Digest, Other> others = new ConcurrentSkipListMap<>(BY_NAME);
  private final Map<Digest, String> unread = new ConcurrentSkipListMap<>(BY_NAME);

  /** One for a single use. */
  public Verifier(Vertx vertx, Stores stores, Disk disk, Observer observer) {
    this.vertx = vertx;
    this.stores = stores;
    this.disk = disk;
    this.observer = observer;
  }

  /** Finds what is broken. */
  public Findings find() {
    var all = new AtomicLong();
    stores.blobs().each((digest, size, used) -> all.addAndGet(size)).await();
    // There may be more of them than fit into memory.
    var room = new Semaphore(MOST_WAITING);
    try (var readers = Executors.newFixedThreadPool(AT_ONCE)) {
      BlobStore.Visitor look =
          (digest, size, used) -> {
            room.acquireUninterruptibly();
            readers.execute(
                () -> {
                  try {
                    look(digest, size, all.get());
                  } finally {
                    room.release();
                  }
                });
          };
      stores.blobs().each(look).await();
    }
    return new Findings(blobs.get(), bytes.get(), broken(), unread);
  }

  /** A blob that is gone by now is none that is stored. */
  private void look(Digest digest, long size, long all) {
    var outcome = OnLoop.run(vertx, () -> hash(digest)).transform(Future::succeededFuture).await();
    observer.hashed(passed.addAndGet(size), all);
    var actual = outcome.result();
    if (outcome.failed()) {
      if (stores.blobs().isStored(digest).otherwise(true).await()) {
        unread.put(digest, Reason.of(outcome.cause()));
      }
    } else if (actual != null) {
      blobs.incrementAndGet();
      bytes.addAndGet(size);
      if (!actual.equals(digest)) {
        others.put(digest, new Other(size, actual));
      }
    }
  }

  private Future<@Nullable Digest> hash(Digest digest) {
    return stores
        .blobs()
        .open(digest)
        .compose(
            blob ->
                blob == null
                    ? Future.succeededFuture()
                    : HashSink.digestOf(blob, disk).<@Nullable Digest>map(actual -> actual));
  }

  /** With the repositories that have them, for which all links are looked through. */
  private List<Broken> broken() {
    if (others.isEmpty()) {
      return List.of();
    }
    var links = new HashMap<Digest, List<Link>>();
    stores
        .repositories()
        .each(
            (name, kind, digest, made) -> {
              if (others.containsKey(digest)) {
                links
                    .computeIfAbsent(digest, key -> new ArrayList<>())
                    .add(new Link(name, kind, digest));
              }
            })
        .await();
    var found = new ArrayList<Broken>();
    others.forEach(
        (digest, other) ->
            found.add(
                new Broken(
                    digest, other.size, other.actual, links.getOrDefault(digest, List.of()))));
    return found;
  }
}
