package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import org.jspecify.annotations.Nullable;

/** Bytes of a blob on their way from its upstream straight to one reader, at the reader's pace. */
final class Passage implements Download.Target {
  private final Origin origin;
  private final FillMeters.Way way;
  private final WriteStream<Buffer> sink;
  private final @Nullable Seal seal;
  private long reached;
  private Future<Void> written = Future.succeededFuture();

  /**
   * @param from the first byte that will pass
   * @param seal holds the end back; absent where a part of the blob passes, which cannot be checked
   */
  Passage(
      Origin origin, FillMeters.Way way, WriteStream<Buffer> sink, long from, @Nullable Seal seal) {
    this.origin = origin;
    this.way = way;
    this.sink = sink;
    this.reached = from;
    this.seal = seal;
  }

  @Override
  public long reached() {
    return reached;
  }

  @Override
  public Future<Void> take(Piece piece) {
    if (piece.start() < reached && way == FillMeters.Way.AHEAD) {
      return Future.failedFuture(
          UpstreamFailure.refused(
              Refusal.CONTENT, "it sends the whole where a part was asked for"));
    }
    return new Taking(piece).start();
  }

  /** All of it has been taken; completes when the reader has got it. */
  Future<Void> end() {
    return written;
  }

  /** The same for the whole of a blob, the end of which it sends only if it is that blob. */
  Future<Void> end(Digest digest, Seal whole) {
    var actual = whole.digest();
    if (!actual.equals(digest)) {
      return Future.failedFuture(
          origin.refuse(Refusal.DIGEST, "it sent something else, with the digest " + actual));
    }
    write(whole.held());
    return written;
  }

  private void write(Buffer chunk) {
    if (chunk.length() > 0) {
      origin.meters().passed(way, chunk.length());
      // Within compose, so that what a sink throws is a failure like any other.
      written = Future.succeededFuture().compose(v -> sink.write(chunk));
    }
  }

  /** The body of one piece. */
  private final class Taking {
    private final Piece piece;
    private final Promise<Void> done = Promise.promise();
    private long position;

    private Taking(Piece piece) {
      this.piece = piece;
      this.position = piece.start();
    }

    private Future<Void> start() {
      var body = piece.answer().stream(origin.meters()::received);
      body.exceptionHandler(done::tryFail);
      body.endHandler(v -> done.tryComplete());
      body.handler(
          chunk -> {
            if (!done.future().isComplete()) {
              accept(chunk);
              if (sink.writeQueueFull()) {
                body.pause();
                written.onSuccess(v -> body.resume());
              }
            }
          });
      body.resume();
      return done.future();
    }

    private void accept(Buffer chunk) {
      var end = position + chunk.length();
      if (piece.end() != Blob.UNKNOWN && end > piece.end()) {
        done.tryFail(origin.refuse(Refusal.SIZE, "it sent more bytes than it announced"));
        return;
      }
      if (end > reached) {
        var fresh = chunk.slice((int) (Math.max(reached, position) - position), chunk.length());
        reached = end;
        write(seal == null ? fresh : seal.admit(fresh));
        written.onFailure(done::tryFail);
      }
      position = end;
    }
  }
}
