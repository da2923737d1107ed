package io.layover.storage.s3;

import io.layover.storage.s3.RequestBody.Progress;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * The body of an answer: no more of it is read from the connection than its one subscriber asks
 * for.
 */
final class ResponseBody implements Publisher<ByteBuffer>, Subscription {
  private final HttpClientResponse response;
  private final Progress progress;
  private final CompletableFuture<Void> done;
  private final AtomicLong wanted = new AtomicLong();

  // Guarded by this.
  private @Nullable Subscriber<? super ByteBuffer> subscriber;
  private @Nullable Throwable broken;
  private boolean ended;

  ResponseBody(HttpClientResponse response, Progress progress, CompletableFuture<Void> done) {
    this.response = response;
    this.progress = progress;
    this.done = done;
    response.pause();
    response.exceptionHandler(this::fail);
    done.whenComplete(
        (v, e) -> {
          if (e != null) {
            fail(e);
          }
        });
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> to) {
    synchronized (this) {
      if (subscriber != null) {
        throw new IllegalStateException("a body can be read once");
      }
      subscriber = to;
    }
    // They hear of nothing before something is asked for.
    response.handler(bytes -> next(to, bytes));
    response.endHandler(v -> end(to));
    to.onSubscribe(this);
    Throwable earlier;
    synchronized (this) {
      earlier = ended ? null : broken;
      ended |= earlier != null;
    }
    if (earlier != null) {
      to.onError(earlier);
    } else if (wanted.get() == 0) {
      progress.sign(false);
    }
  }

  private void next(Subscriber<? super ByteBuffer> to, Buffer bytes) {
    var left = wanted.updateAndGet(count -> count == Long.MAX_VALUE ? count : count - 1);
    progress.sign(left > 0);
    to.onNext(((BufferInternal) bytes).getByteBuf().nioBuffer());
  }

  private void end(Subscriber<? super ByteBuffer> to) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    to.onComplete();
    done.complete(null);
  }

  private void fail(Throwable cause) {
    Subscriber<? super ByteBuffer> to;
    var known = Exchange.asIo(cause);
    synchronized (this) {
      if (ended) {
        return;
      }
      broken = known;
      to = subscriber;
      ended = to != null;
    }
    if (to != null) {
      to.onError(known);
    }
    done.completeExceptionally(known);
  }

  @Override
  public void request(long count) {
    if (count <= 0) {
      fail(new IllegalArgumentException("less than one piece is asked for"));
      return;
    }
    wanted.updateAndGet(before -> before + count < 0 ? Long.MAX_VALUE : before + count);
    progress.sign(true);
    response.fetch(count);
  }

  /** The rest is not wanted: the connection ends, as reading on could cost more. */
  @Override
  public void cancel() {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    done.completeExceptionally(new IOException("the rest was not wanted"));
  }
}
