package io.layover.storage.s3;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.io.EOFException;
import org.jspecify.annotations.Nullable;

/**
 * Hands the pieces of one answer to a sink. The next one is asked for when one has left, so that
 * two are in memory at most, however slow the sink is.
 */
final class DownloadPump implements DirectBody.Reader {
  private final DirectBody source;
  private final WriteStream<Buffer> sink;
  private final long wanted;
  private final Promise<DownloadPump> ended = Promise.promise();

  // Guarded by this.
  private long taken;
  private int writing;
  private boolean closed;
  private @Nullable Throwable sinkFailure;
  private @Nullable Throwable sourceFailure;

  DownloadPump(DirectBody source, WriteStream<Buffer> sink, long wanted) {
    this.source = source;
    this.sink = sink;
    this.wanted = wanted;
  }

  /** Completes with this when nothing more comes and all that came has left; never fails. */
  Future<DownloadPump> run() {
    source.read(this);
    source.request(DirectBody.AHEAD);
    return ended.future();
  }

  /** The bytes that were handed over. */
  synchronized long taken() {
    return taken;
  }

  synchronized @Nullable Throwable sinkFailure() {
    return sinkFailure;
  }

  /** Why there are not as many as were wanted. */
  synchronized Throwable sourceFailure() {
    return sourceFailure == null ? new EOFException("S3 ended too early") : sourceFailure;
  }

  @Override
  public void piece(ByteBuf bytes) {
    synchronized (this) {
      if (closed) {
        bytes.release();
        return;
      }
      if (bytes.readableBytes() > wanted - taken) {
        bytes.writerIndex(bytes.readerIndex() + (int) (wanted - taken));
      }
      taken += bytes.readableBytes();
      writing++;
    }
    // Within compose, as a response that was reset throws.
    Future.succeededFuture()
        .compose(v -> sink.write(BufferInternal.buffer(bytes)))
        .onComplete(
            written -> {
              bytes.release();
              written(written.cause());
            });
  }

  private void written(@Nullable Throwable failure) {
    synchronized (this) {
      writing--;
      if (failure != null && sinkFailure == null) {
        sinkFailure = failure;
        closed = true;
      }
    }
    if (failure == null) {
      source.request(1);
    } else {
      source.cancel();
    }
    endIfDone();
  }

  @Override
  public void end(@Nullable Throwable failure) {
    synchronized (this) {
      closed = true;
      sourceFailure = failure;
    }
    endIfDone();
  }

  private void endIfDone() {
    synchronized (this) {
      if (!closed || writing > 0) {
        return;
      }
    }
    ended.tryComplete(this);
  }
}
