package io.layover.http;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request for someone who will read it later. A request tells only those who listen
 * at the time that its client has left; whoever reads this hears of it also afterwards, and does
 * not wait for bytes that never come.
 */
final class Body implements ReadStream<Buffer> {
  private final HttpServerRequest request;
  private @Nullable Throwable broken;
  private @Nullable Handler<Throwable> reader;

  Body(HttpServerRequest request) {
    this.request = request;
    request.exceptionHandler(
        cause -> {
          broken = cause;
          if (reader != null) {
            reader.handle(cause);
          }
        });
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    reader = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
    request.handler(handler);
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
    request.endHandler(handler);
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    request.pause();
    Bodies.takeIn(request, false);
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    Bodies.takeIn(request, true);
    request.fetch(amount);
    if (broken != null && reader != null) {
      reader.handle(broken);
    }
    return this;
  }
}
