package io.layover.storage.s3;

import io.netty.buffer.Unpooled;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Sends what a publisher yields as the body of a request, at the pace of the connection. */
final class RequestBody implements Subscriber<ByteBuffer> {
  /** One piece is on its way while the next is read. */
  private static final int AHEAD = 2;

  private final HttpClientRequest request;
  private final Progress progress;
  private Subscription source = new Nothing();

  /** Who is told how it goes. */
  interface Progress {
    void sign(boolean more);

    void broken(Throwable cause);
  }

  RequestBody(HttpClientRequest request, Progress progress) {
    this.request = request;
    this.progress = progress;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    source = subscription;
    source.request(AHEAD);
  }

  @Override
  public void onNext(ByteBuffer bytes) {
    request
        .write(BufferInternal.buffer(Unpooled.wrappedBuffer(bytes)))
        .onSuccess(
            v -> {
              progress.sign(true);
              source.request(1);
            })
        .onFailure(
            e -> {
              source.cancel();
              progress.broken(e);
            });
  }

  @Override
  public void onError(Throwable cause) {
    request.reset();
    progress.broken(cause);
  }

  @Override
  public void onComplete() {
    request.end();
  }

  /** Before there is a source. */
  private static final class Nothing implements Subscription {
    @Override
    public void request(long count) {}

    @Override
    public void cancel() {}
  }
}
