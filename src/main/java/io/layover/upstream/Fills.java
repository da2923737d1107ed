package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.Spool;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fills that are running: at most one for a digest, whoever asks and through whichever
 * repository. Bytes go to a file, are hashed on the way, and become a blob of the store only if
 * they are what the digest says.
 */
public final class Fills {
  /** More than any layer; what neither the answer nor a manifest gives a size is cut off here. */
  private static final long LARGEST_UNDECLARED = 16L << 30;

  private final BlobStore blobs;
  private final Disk disk;
  private final Function<Digest, Path> fileOf;
  private final ConcurrentHashMap<Digest, Fill> running = new ConcurrentHashMap<>();

  /**
   * @param fileOf where a fill's bytes are kept meanwhile, in the store's file system
   */
  public Fills(BlobStore blobs, Disk disk, Function<Digest, Path> fileOf) {
    this.blobs = blobs;
    this.disk = disk;
    this.fileOf = fileOf;
  }

  /** Where one repository's fill comes from, and who is told how it went. */
  interface Origin {
    RepositoryName repository();

    /** Asks the upstream; the answer is a success. */
    Future<Answer> begin();

    /** The size that a manifest gives the blob, or {@link Blob#UNKNOWN}. */
    long expectedSize();

    /** The blob is in the store, and its fill about to be forgotten. */
    Future<Void> published();

    /** It broke after it had begun, and readers with it. */
    void broke(Throwable cause);
  }

  /**
   * What a reader is given.
   *
   * @param started true for the one reader whose request began the fill
   */
  record Joined(Blob blob, boolean started) {}

  /** The blob from a running fill, or else from a new one. */
  Future<Joined> join(Digest digest, Origin origin) {
    return join(digest, origin, true);
  }

  private Future<Joined> join(Digest digest, Origin origin, boolean again) {
    var mine = new Fill(digest, origin.repository());
    var theirs = running.putIfAbsent(digest, mine);
    if (theirs != null) {
      // What another repository cannot have, this one may.
      var another = again && !theirs.repository().equals(origin.repository());
      return theirs
          .join()
          .compose(
              blob -> orStored(digest, origin, blob, false),
              e -> another ? join(digest, origin, false) : Future.failedFuture(e));
    }
    // A fill that has just ended is out of the map, but then its blob is in the store.
    return blobs
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
                return Future.succeededFuture(new Joined(stored, false));
              }
              run(mine, digest, origin);
              return mine.join().compose(blob -> orStored(digest, origin, blob, true));
            });
  }

  private Future<Joined> orStored(
      Digest digest, Origin origin, @Nullable Blob joined, boolean started) {
    if (joined != null) {
      return Future.succeededFuture(new Joined(joined, started));
    }
    return blobs
        .open(digest)
        .compose(
            blob ->
                blob == null
                    // It has come and was evicted since.
                    ? join(digest, origin)
                    : Future.succeededFuture(new Joined(blob, started)));
  }

  private void run(Fill fill, Digest digest, Origin origin) {
    Future.succeededFuture()
        .compose(v -> origin.begin())
        .compose(answer -> open(digest, origin.expectedSize(), answer))
        .onFailure(
            e -> {
              running.remove(digest, fill);
              fill.fail(e);
            })
        .onSuccess(transfer -> fill.open(transfer.spool, transfer.size))
        .compose(transfer -> receive(fill, digest, transfer, origin).onFailure(origin::broke))
        .onComplete(done -> running.remove(digest, fill));
  }

  /** A body, the file that it goes to, and how many bytes it has if that is known. */
  private record Transfer(Answer answer, Spool spool, long size) {}

  private Future<Transfer> open(Digest digest, long expected, Answer answer) {
    var announced = answer.size();
    if (announced != Blob.UNKNOWN && expected != Blob.UNKNOWN && announced != expected) {
      return Future.failedFuture(
          answer.refused(
              new UpstreamFailure(
                  Kind.BROKEN,
                  "it announces %d bytes of %s, where the manifest says %d"
                      .formatted(announced, digest, expected))));
    }
    return createSpool(digest)
        .onFailure(e -> answer.abandon())
        .map(spool -> new Transfer(answer, spool, Math.max(announced, expected)));
  }

  private Future<Spool> createSpool(Digest digest) {
    var file = fileOf.apply(digest);
    return disk.run(
            () -> {
              var directory = file.getParent();
              return directory == null ? file : Files.createDirectories(directory);
            })
        .compose(v -> Spool.create(disk, file, digest.algorithm(), Fill.WITHHELD));
  }

  /**
   * Takes the body, verifies it, puts it into the store, and only then shows readers the end of it:
   * what a client has got whole is there for the next one, whatever happens to this process.
   */
  private Future<Void> receive(Fill fill, Digest digest, Transfer transfer, Origin origin) {
    var spool = transfer.spool;
    var limit = transfer.size == Blob.UNKNOWN ? LARGEST_UNDECLARED : transfer.size;
    var ingest = blobs.ingest(digest, spool);
    return spool
        .append(transfer.answer.stream(), limit)
        .recover(e -> Future.failedFuture(explained(e)))
        .compose(
            v -> {
              verify(digest, transfer);
              return blobs.keeping(digest, () -> ingest.commit().compose(w -> origin.published()));
            })
        .onSuccess(v -> spool.release())
        .recover(
            e -> {
              transfer.answer.abandon();
              // Readers are told last: whoever asks again at once finds nothing in the way.
              return ingest
                  .abandon()
                  .transform(v -> disk.run(() -> Files.deleteIfExists(spool.file())))
                  .transform(
                      deleted -> {
                        running.remove(digest, fill);
                        spool.fail(forReaders(e));
                        return Future.failedFuture(e);
                      });
            })
        .eventually(
            () -> {
              spool.close();
              return Future.succeededFuture();
            });
  }

  private static Throwable explained(Throwable e) {
    return e instanceof Spool.TooLong
        ? new UpstreamFailure(Kind.BROKEN, "it sent " + e.getMessage() + ", which is too much")
        : e;
  }

  private static void verify(Digest digest, Transfer transfer) {
    var size = transfer.spool.size();
    if (transfer.size != Blob.UNKNOWN && size != transfer.size) {
      throw new UpstreamFailure(
          Kind.BROKEN, "it sent %d of %d bytes".formatted(size, transfer.size));
    }
    var actual = transfer.spool.digest();
    if (!actual.equals(digest)) {
      throw new UpstreamFailure(Kind.BROKEN, "it sent something else, with the digest " + actual);
    }
  }

  /** What a client may know, if it has no byte of the answer yet. */
  private static Throwable forReaders(Throwable e) {
    return e instanceof UpstreamFailure
        ? new RegistryException(
            ErrorCode.UPSTREAM_FAILED, "the upstream broke off, or sent something else", null, e)
        : e;
  }
}
