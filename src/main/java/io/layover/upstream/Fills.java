package io.layover.upstream;

import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.Spool;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
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

  /**
   * What a reader is given.
   *
   * @param started true for the one reader whose request began the fill
   */
  record Joined(Blob blob, boolean started) {}

  /**
   * The blob from a running fill, or else from a new one.
   *
   * @param fetch asks the upstream; the response comes paused
   * @param whenPublished what to do once the blob is in the store, before the fill is forgotten
   */
  Future<Joined> join(
      Digest digest,
      Supplier<Future<HttpClientResponse>> fetch,
      Supplier<Future<Void>> whenPublished) {
    var mine = new Fill(digest);
    var theirs = running.putIfAbsent(digest, mine);
    if (theirs != null) {
      return theirs.join().compose(blob -> stored(digest, blob, false));
    }
    // A fill that has just ended is out of the map, but then its blob is in the store.
    return blobs
        .open(digest)
        .compose(
            stored -> {
              if (stored != null) {
                running.remove(digest, mine);
                mine.fail(new IllegalStateException("stored already"));
                return Future.succeededFuture(new Joined(stored, false));
              }
              run(mine, digest, fetch, whenPublished);
              return mine.join().compose(blob -> stored(digest, blob, true));
            })
        .onFailure(
            e -> {
              running.remove(digest, mine);
              mine.fail(e);
            });
  }

  /** True if the digest is on its way. */
  boolean isRunning(Digest digest) {
    return running.containsKey(digest);
  }

  private Future<Joined> stored(Digest digest, @Nullable Blob joined, boolean started) {
    if (joined != null) {
      return Future.succeededFuture(new Joined(joined, started));
    }
    return blobs
        .open(digest)
        .compose(
            blob ->
                blob == null
                    ? Future.failedFuture(
                        new UpstreamFailure(Kind.BROKEN, "the fill ended without a blob"))
                    : Future.succeededFuture(new Joined(blob, started)));
  }

  private void run(
      Fill fill,
      Digest digest,
      Supplier<Future<HttpClientResponse>> fetch,
      Supplier<Future<Void>> whenPublished) {
    var file = fileOf.apply(digest);
    Future.succeededFuture()
        .compose(v -> fetch.get())
        .compose(
            response ->
                createSpool(digest, file)
                    .onFailure(e -> response.request().reset())
                    .compose(spool -> receive(fill, digest, spool, response, whenPublished)))
        .onComplete(
            done -> {
              running.remove(digest, fill);
              if (done.succeeded()) {
                fill.succeed();
              } else {
                LOG.warn("blob {} was not stored: {}", digest, Reason.of(done.cause()));
                fill.fail(done.cause());
              }
            });
  }

  private Future<Spool> createSpool(Digest digest, Path file) {
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
  private Future<Void> receive(
      Fill fill,
      Digest digest,
      Spool spool,
      HttpClientResponse response,
      Supplier<Future<Void>> whenPublished) {
    var size = declaredSize(response);
    fill.open(spool, size);
    return spool
        .append(response, size == Blob.UNKNOWN ? Long.MAX_VALUE : size)
        .compose(
            v -> {
              if (size != Blob.UNKNOWN && spool.size() != size) {
                return Future.failedFuture(
                    new UpstreamFailure(
                        Kind.BROKEN,
                        "the upstream sent %d of %d bytes".formatted(spool.size(), size)));
              }
              if (!spool.digest().equals(digest)) {
                return Future.failedFuture(
                    new UpstreamFailure(
                        Kind.BROKEN,
                        "the upstream sent something else, with digest " + spool.digest()));
              }
              return blobs.publish(digest, spool.file());
            })
        .compose(v -> whenPublished.get())
        .onSuccess(v -> spool.release())
        .recover(
            e -> {
              response.request().reset();
              spool.fail(e);
              return disk.run(() -> Files.deleteIfExists(spool.file()))
                  .transform(v -> Future.failedFuture(e));
            })
        .eventually(
            () -> {
              spool.close();
              return Future.succeededFuture();
            });
  }

  private static long declaredSize(HttpClientResponse response) {
    var length = response.getHeader("Content-Length");
    try {
      return length == null ? Blob.UNKNOWN : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Blob.UNKNOWN;
    }
  }
}
