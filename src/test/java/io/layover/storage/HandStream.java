package io.layover.storage;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A stream that yields what the test hands to it, paused or not, and says when it is paused. */
final class HandStream implements ReadStream<Buffer> {
  private final Semaphore resumes = new Semaphore(0);
  private volatile @Nullable Handler<Buffer> handler;
  private volatile @Nullable Handler<Void> endHandler;
  private volatile @Nullable Handler<Throwable> exceptionHandler;
  private volatile boolean paused;
  private volatile @Nullable Throwable refusal;

  HandStream send(byte[] bytes) {
    return send(Buffer.buffer(bytes));
  }

  HandStream send(Buffer buffer) {
    var to = handler;
    if (to != null) {
      to.handle(buffer);
    }
    return this;
  }

  void end() {
    var to = endHandler;
    if (to != null) {
      to.handle(null);
    }
  }

  void breakOff(Throwable cause) {
    var to = exceptionHandler;
    if (to != null) {
      to.handle(cause);
    }
  }

  boolean isPaused() {
    return paused;
  }

  /** Nobody will read it any more: who waits for that need not. */
  void refuse(Throwable cause) {
    refusal = cause;
    resumes.release();
  }

  /** Waits until the stream was resumed once more. */
  void awaitResume() throws InterruptedException, TimeoutException {
    if (!resumes.tryAcquire(20, TimeUnit.SECONDS)) {
      throw new TimeoutException("the stream was not resumed");
    }
    if (refusal != null) {
      throw new IllegalStateException("the stream is not read", refusal);
    }
  }

  @Override
  public ReadStream<Buffer> handler(@Nullable Handler<Buffer> handler) {
    this.handler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(@Nullable Handler<Void> handler) {
    this.endHandler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    this.exceptionHandler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    paused = true;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    paused = false;
    resumes.release();
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    return resume();
  }
}
