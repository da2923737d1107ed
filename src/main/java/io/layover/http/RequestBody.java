package io.layover.http;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.streams.ReadStream;
import org.jspecify.annotations.Nullable;

/**
 * What a request brings. A client may leave before anyone reads, and Vert.x tells that only to
 * those who listen at that moment; this tells it to whoever comes later, too.
 */
record RequestBody(HttpServerRequest request) implements ReadStream<Buffer> {
  @Override
  public RequestBody exceptionHandler(@Nullable Handler<Throwable> handler) {
    request.exceptionHandler(handler);
    if (handler != null && request.response().closed()) {
      handler.handle(new HttpClosedException("the client left before its body was read"));
    }
    return this;
  }

  @Override
  public RequestBody handler(@Nullable Handler<Buffer> handler) {
    request.handler(handler);
    return this;
  }

  @Override
  public RequestBody endHandler(@Nullable Handler<Void> handler) {
    request.endHandler(handler);
    return this;
  }

  @Override
  public RequestBody pause() {
    request.pause();
    return this;
  }

  @Override
  public RequestBody resume() {
    request.resume();
    return this;
  }

  @Override
  public RequestBody fetch(long amount) {
    request.fetch(amount);
    return this;
  }
}
