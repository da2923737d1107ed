package io.layover.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.io.EOFException;
import java.nio.ByteBuffer;

/**
 * Copies bytes from a readable place to a sink through two buffers of its own: while one is on its
 * way to the client, the other is filled. Memory is bounded by the buffers whatever the sink's
 * pace, and nothing is left to the collector per chunk.
 */
public final class Pump {
  /** Bytes that can be read at any offset. */
  public interface Input {
    /**
     * Reads at most {@code target.remaining()} bytes from {@code position}, waiting until there is
     * at least one. Completes with their number, or -1 at the end.
     */
    Future<Integer> read(long position, ByteBuffer target);
  }

  /** For the buffers of all pumps; each has two. */
  private static final MemoryShare MEMORY = new MemoryShare(16 << 20, 32 << 10, 256 << 10);

  private final Input source;
  private final WriteStream<Buffer> sink;
  private final Promise<Void> done = Promise.promise();
  private long position;
  private long left;
  private ByteBuf current;
  private ByteBuf other;
  private Future<Void> otherWritten = Future.succeededFuture();

  private Pump(Input source, WriteStream<Buffer> sink, long offset, long length, int share) {
    this.source = source;
    this.sink = sink;
    this.position = offset;
    this.left = length;
    var size = length < 0 ? share / 2 : (int) Math.min(share / 2, length);
    this.current = ByteBufAllocator.DEFAULT.directBuffer(size, size);
    this.other = ByteBufAllocator.DEFAULT.directBuffer(size, size);
  }

  /**
   * Copies {@code length} bytes from {@code offset}, or all to the end if {@code length} is {@link
   * Blob#UNKNOWN}. The sink is never ended.
   */
  public static Future<Void> copy(
      Input source, WriteStream<Buffer> sink, long offset, long length) {
    var share = MEMORY.enter();
    Pump pump;
    try {
      pump = new Pump(source, sink, offset, length, share);
    } catch (OutOfMemoryError e) {
      MEMORY.leave();
      return Future.failedFuture(e);
    }
    pump.step();
    return pump.done.future().onComplete(v -> pump.otherWritten.onComplete(w -> pump.free()));
  }

  private void step() {
    if (left == 0) {
      otherWritten.onComplete(done);
      return;
    }
    var size = left < 0 ? current.capacity() : (int) Math.min(left, current.capacity());
    // Within compose, so that what a source or a sink throws is a failure like any other.
    Future.succeededFuture()
        .compose(v -> source.read(position, current.nioBuffer(0, size)))
        .compose(this::write)
        .onSuccess(
            more -> {
              if (more) {
                step();
              } else {
                otherWritten.onComplete(done);
              }
            })
        .onFailure(done::tryFail);
  }

  /** Sends what was read. True as soon as there is a buffer to read more into, false at the end. */
  private Future<Boolean> write(int count) {
    if (count < 0) {
      return left > 0
          ? Future.failedFuture(new EOFException(left + " bytes are missing at the end"))
          : Future.succeededFuture(false);
    }
    var before = otherWritten;
    otherWritten = sink.write(BufferInternal.buffer(current.setIndex(0, count)));
    position += count;
    if (left > 0) {
      left -= count;
    }
    var swap = current;
    current = other;
    other = swap;
    // The buffer to read into next is free once what it carried before is out.
    if (before.isComplete()) {
      return before.map(true);
    }
    var began = System.nanoTime();
    return before.map(
        v -> {
          Waits.OUT.since(began);
          return true;
        });
  }

  private void free() {
    current.release();
    other.release();
    MEMORY.leave();
  }
}
