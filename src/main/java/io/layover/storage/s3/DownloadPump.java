package io.layover.storage.s3;

import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Hands the pieces of one answer to a sink. The next one is asked for when one has left, so that
 * two are in memory at most, however slow the sink is.
 */
final class DownloadPump implements Subscriber<ByteBuffer> {
  private static final int AHEAD = 2;

  private final WriteStream<Buffer> sink;
  private final long wanted;
  private final Promise<DownloadPump> ended = Promise.promise();

  // Guarded by this.
  private @Nullable Subscription source;
  private long taken;
  private int writing;
  private boolean closed;
  private @Nullable Throwable sinkFailure;
  private @Nullable Throwable sourceFailure;

  DownloadPump(WriteStream<Buffer> sink, long wanted) {
    this.sink = sink;
    this.wanted = wanted;
  }

  /** Completes with this when nothing more comes and all that came has left; never fails. */
  Future<DownloadPump> run(Publisher<ByteBuffer> body) {
    body.subscribe(this);
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
  public void onSubscribe(Subscription subscription) {
    synchronized (this) {
      source = subscription;
    }
    subscription.request(AHEAD);
  }

  @Override
  public void onNext(ByteBuffer bytes) {
    synchronized (this) {
      if (closed) {
        return;
      }
      if (bytes.remaining() > wanted - taken) {
        bytes.limit(bytes.position() + (int) (wanted - taken));
      }
      taken += bytes.remaining();
      writing++;
    }
    // Within compose, as a response that was reset throws.
    Future.succeededFuture()
        .compose(v -> sink.write(BufferInternal.buffer(Unpooled.wrappedBuffer(bytes))))
        .onComplete(written -> written(written.cause()));
  }

  private void written(@Nullable Throwable failure) {
    Subscription from;
    synchronized (this) {
      writing--;
      from = source;
      if (failure != null && sinkFailure == null) {
        sinkFailure = failure;
        closed = true;
      }
    }
    if (failure == null) {
      if (from != null) {
        from.request(1);
      }
    } else if (from != null) {
      from.cancel();
    }
    endIfDone();
  }

  @Override
  public void onError(Throwable failure) {
    synchronized (this) {
      closed = true;
      sourceFailure = failure;
    }
    endIfDone();
  }

  @Override
  public void onComplete() {
    synchronized (this) {
      closed = true;
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

  /** Gives up an answer that nobody reads. */
  static void discard(Publisher<ByteBuffer> body) {
    body.subscribe(
        new Subscriber<>() {
          @Override
          public void onSubscribe(Subscription subscription) {
            subscription.cancel();
          }

          @Override
          public void onNext(ByteBuffer bytes) {}

          @Override
          public void onError(Throwable failure) {}

          @Override
          public void onComplete() {}
        });
  }
}
