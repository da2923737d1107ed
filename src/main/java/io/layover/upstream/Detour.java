package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.security.MessageDigest;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/** The ways of single readers around the file that they share: requests of their own. */
final class Detour {
  /** Connections that slow readers may hold, so that downloads for everybody have theirs. */
  private static final int MOST_AHEAD = 16;

  private final Digest digest;
  private final Origin origin;
  private final Persistence persistence;
  private final Semaphore ahead;

  /** How many readers of an upstream may be ahead of downloads at a time. */
  static Semaphore room() {
    return new Semaphore(MOST_AHEAD);
  }

  Detour(Digest digest, Origin origin, Persistence persistence, Semaphore ahead) {
    this.digest = digest;
    this.origin = origin;
    this.persistence = persistence;
    this.ahead = ahead;
  }

  /**
   * Sends what a running download will not reach soon; nobody can check it.
   *
   * @return the first byte that is still missing, as one attempt has to do
   */
  Future<Long> ahead(WriteStream<Buffer> sink, long from, long to, long size) {
    if (!ahead.tryAcquire()) {
      return Future.succeededFuture(from);
    }
    var passage = new Passage(origin, FillMeters.Way.AHEAD, sink, from, null);
    return new Download(origin, passage, Persistence.NONE, to, size)
        .run()
        .recover(
            e -> {
              if (e instanceof UpstreamFailure failure) {
                origin.failed(failure, "was not to be had ahead of its download");
                return Future.succeededFuture();
              }
              return Future.failedFuture(e);
            })
        .compose(v -> passage.end())
        .map(v -> passage.reached())
        .onComplete(v -> ahead.release());
  }

  /** Sends a part that the storage could not take; nobody can check it. */
  Future<Void> part(WriteStream<Buffer> sink, long from, long to, long size) {
    var passage = new Passage(origin, FillMeters.Way.UNCACHED, sink, from, null);
    return new Download(origin, passage, persistence, to, size)
        .run()
        .compose(v -> passage.end())
        .onFailure(this::broke);
  }

  /**
   * Sends what the storage could not take, to the end of the blob, and the last of it only if the
   * whole is right.
   *
   * @param hash of the bytes before {@code from}
   * @param held the last of these, which the reader has yet to get
   * @param begun the upstream's answer, if it was asked already
   */
  Future<Void> rest(
      WriteStream<Buffer> sink,
      long from,
      long size,
      MessageDigest hash,
      Buffer held,
      @Nullable Piece begun) {
    var seal = new Seal(digest.algorithm(), hash, held);
    var passage = new Passage(origin, FillMeters.Way.UNCACHED, sink, from, seal);
    var download = new Download(origin, passage, persistence, Blob.UNKNOWN, size);
    return (begun == null ? download.run() : download.from(begun))
        .compose(v -> passage.end(digest, seal))
        .onFailure(this::broke);
  }

  private void broke(Throwable e) {
    if (e instanceof UpstreamFailure failure) {
      origin.failed(failure, "was not passed through");
    }
  }
}
