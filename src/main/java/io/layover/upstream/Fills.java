package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fills that are running: at most one for a digest, whoever asks and through whichever
 * repository. Bytes go to a file, are hashed on the way, and become a blob of the store only if
 * they are what the digest says.
 */
public final class Fills {
  private final Place place;
  private final ConcurrentHashMap<Digest, Fill> running = new ConcurrentHashMap<>();

  /**
   * How fills are made.
   *
   * @param rangeGap how many bytes behind the last one that has come a reader waits for; for one
   *     further on the upstream is asked
   * @param largest the most bytes of any blob
   * @param largestUndeclared the same where neither the upstream nor a manifest says how many
   */
  public record Rules(
      long rangeGap, long largest, long largestUndeclared, Persistence persistence) {
    public static final Rules DEFAULT =
        new Rules(16 << 20, 64L << 30, 16L << 30, Persistence.DEFAULT);
  }

  /** Where the bytes go, and by which rules. */
  record Place(
      BlobStore blobs, Disk disk, Function<Digest, Path> fileOf, Rules rules, Semaphore ahead) {}

  /**
   * @param fileOf where a fill's bytes are kept meanwhile, in the store's file system
   */
  public Fills(BlobStore blobs, Disk disk, Function<Digest, Path> fileOf, Rules rules) {
    this.place = new Place(blobs, disk, fileOf, rules, Detour.room());
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
              new Filling(mine, digest, origin, place, () -> running.remove(digest, mine)).run();
              return mine.join().compose(blob -> orStored(digest, origin, blob, true, true));
            });
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
