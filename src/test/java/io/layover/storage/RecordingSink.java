package io.layover.storage;

import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A sink that takes at once what is written, or holds it until the test takes it, or refuses it.
 * Like a socket it reads a buffer when it takes it, not when it is handed over.
 */
public final class RecordingSink implements WriteStream<Buffer> {
  private final Buffer taken = Buffer.buffer();
  private final ArrayDeque<Write> held = new ArrayDeque<>();
  private final List<ByteBuf> buffers = new ArrayList<>();
  private boolean holding;
  private @Nullable Throwable refusal;
  private @Nullable RuntimeException thrown;
  private boolean ended;
  private int awaitedCount;
  private CompletableFuture<Void> awaited = new CompletableFuture<>();

  private record Write(Buffer buffer, Promise<Void> promise) {}

  /** From now on, writes wait for {@link #take}. */
  public synchronized RecordingSink hold() {
    holding = true;
    return this;
  }

  /** From now on, writes fail. */
  public synchronized RecordingSink refuse(Throwable cause) {
    refusal = cause;
    return this;
  }

  /** From now on, writing is a mistake, as it is when a response was reset. */
  synchronized RecordingSink throwing(RuntimeException cause) {
    thrown = cause;
    return this;
  }

  @Override
  public Future<Void> write(Buffer buffer) {
    Promise<Void> promise = Promise.promise();
    synchronized (this) {
      buffers.add(((BufferInternal) buffer).getByteBuf());
      if (thrown != null) {
        throw thrown;
      }
      if (refusal != null) {
        return Future.failedFuture(refusal);
      }
      if (holding) {
        held.add(new Write(buffer, promise));
        if (held.size() >= awaitedCount) {
          awaited.complete(null);
        }
        return promise.future();
      }
      taken.appendBuffer(buffer);
    }
    return Future.succeededFuture();
  }

  /** Waits until so many writes are held. */
  public void awaitHeld(int count) throws Exception {
    CompletableFuture<Void> arrival;
    synchronized (this) {
      awaitedCount = count;
      awaited = new CompletableFuture<>();
      if (held.size() >= count) {
        return;
      }
      arrival = awaited;
    }
    arrival.get(20, TimeUnit.SECONDS);
  }

  public synchronized int heldCount() {
    return held.size();
  }

  /** Takes what is held, and holds nothing more. */
  public void takeAll() {
    List<Write> writes;
    synchronized (this) {
      // At once, so that nothing that comes now overtakes what is held.
      holding = false;
      writes = List.copyOf(held);
      held.clear();
      writes.forEach(write -> taken.appendBuffer(write.buffer));
    }
    writes.forEach(write -> write.promise.complete());
  }

  /** Takes the oldest held write. */
  public void take() {
    Write write;
    synchronized (this) {
      write = held.remove();
      taken.appendBuffer(write.buffer);
    }
    write.promise.complete();
  }

  /** Fails the oldest held write, as when the client leaves. */
  public void drop(Throwable cause) {
    Write write;
    synchronized (this) {
      write = held.remove();
    }
    write.promise.fail(cause);
  }

  /** What was taken so far. */
  public synchronized byte[] bytes() {
    return taken.getBytes();
  }

  /** How many of the buffers that were handed over are not freed yet. */
  public synchronized long unfreed() {
    return buffers.stream().filter(buffer -> buffer.refCnt() > 0).count();
  }

  public synchronized boolean isEnded() {
    return ended;
  }

  @Override
  public synchronized Future<Void> end() {
    ended = true;
    return Future.succeededFuture();
  }

  @Override
  public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public WriteStream<Buffer> setWriteQueueMaxSize(int size) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return false;
  }

  @Override
  public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }
}
