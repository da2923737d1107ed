package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.PartFiles;
import io.layover.trace.Spans;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fills that are running: at most one for a digest, whoever asks and through whichever
 * repository. Bytes go to a file, are hashed on the way, and become a blob of the store only if
 * they are what the digest says.
 */
public final class Fills {
  private static final Logger LOG = LoggerFactory.getLogger(Fills.class);

  private final Place place;
  private final ConcurrentHashMap<Digest, Fill> running = new ConcurrentHashMap<>();

  /**
   * How fills are made.
   *
   * @param rangeGap how many bytes behind the last one that has come a reader waits for; for one
   *     further on the upstream is asked
   * @param largest the most bytes of any blob
   * @param partLife how long what a fill has left waits for the next one
   * @param unwatched how long a fill goes on without a reader; without end if it is zero
   */
  public record Rules(
      long rangeGap, long largest, Duration partLife, Duration unwatched, Persistence persistence) {
    private static final long LARGEST_UNDECLARED = 16L << 30;

    /** The most bytes where neither the upstream nor a manifest says how many there are. */
    long largestUndeclared() {
      return Math.min(largest, LARGEST_UNDECLARED);
    }
  }

  /** Where the bytes go, and by which rules. */
  record Place(BlobStore blobs, Disk disk, PartFiles parts, Rules rules, Semaphore ahead) {}

  /**
   * @param parts in the store's file system
   */
  public Fills(BlobStore blobs, Disk disk, PartFiles parts, Rules rules) {
    this.place = new Place(blobs, disk, parts, rules, Detour.room());
  }

  /** Deletes what earlier fills have left and nobody has asked for since. */
  public Future<Void> sweep() {
    return place
        .disk()
        .run(
            () -> {
              var busy =
                  running.keySet().stream().map(place.parts()::of).collect(Collectors.toSet());
              var deleted = place.parts().sweep(place.rules().partLife(), busy::contains);
              if (deleted > 0) {
                LOG.info("{} downloads that nobody went on with were deleted", deleted);
              }
              return null;
            });
  }

  /**
   * What a reader is given.
   *
   * @param started true for the one reader whose request began the fill
   * @param proven true if the upstream gave the blob to the reader's very repository just now
   */
  record Joined(Blob blob, boolean started, boolean proven) {
    /** True unless the blob passes by, and nothing of it is kept. */
    boolean stored() {
      return !(blob instanceof Bypass);
    }
  }

  /** The blob from a running fill, or else from a new one. */
  Future<Joined> join(Digest digest, Origin origin) {
    return join(digest, origin, true);
  }

  private Future<Joined> join(Digest digest, Origin origin, boolean again) {
    var mine = new Fill(origin.repository());
    var theirs = running.putIfAbsent(digest, mine);
    if (theirs != null) {
      origin.meters().joined();
      // What another repository cannot have, this one may.
      var same = theirs.repository().equals(origin.repository());
      return theirs
          .join()
          .onSuccess(blob -> Spans.link(theirs.step()))
          .compose(
              blob -> orStored(digest, origin, blob, false, same),
              e -> again && !same ? join(digest, origin, false) : Future.failedFuture(e));
    }
    // A fill that has just ended is out of the map, but then its blob is in the store.
    return place
        .blobs()
        .open(digest)
        .onFailure(
            e -> {
              running.remove(digest, mine);
              mine.fail(e);
            })
        .compose(
            stored -> {
              if (stored != null) {
                running.remove(digest, mine);
                mine.skip();
                return Future.succeededFuture(new Joined(stored, false, false));
              }
              Spans.within("fill", () -> fill(mine, digest, origin));
              return mine.join().compose(blob -> orStored(digest, origin, blob, true, true));
            });
  }

  private Future<Void> fill(Fill fill, Digest digest, Origin origin) {
    fill.mark(Spans.here());
    Spans.note("layover.digest", digest.toString());
    return new Filling(fill, digest, origin, place, () -> running.remove(digest, fill)).run();
  }

  private Future<Joined> orStored(
      Digest digest, Origin origin, @Nullable Blob joined, boolean started, boolean proven) {
    if (joined != null) {
      return Future.succeededFuture(new Joined(joined, started, proven));
    }
    return place
        .blobs()
        .open(digest)
        .compose(
            blob ->
                blob == null
                    // It has come and was evicted since, or passed by.
                    ? join(digest, origin)
                    : Future.succeededFuture(new Joined(blob, started, proven)));
  }
}
