package io.layover.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Memory outside of the heap that a connection is read into, and that goes to the disk as it is.
 * Vert.x copies what it reads to the heap, unless it was read into such memory as nobody has to
 * give back. This is such: it is used again where it is {@link #release(Buffer) given back}, and
 * freed by the collector where it is not.
 */
public final class Piece extends UnpooledUnsafeDirectByteBuf {
  public static final int SIZE = 128 << 10;

  private static final int MOST_KEPT = 96;
  private static final ArrayBlockingQueue<ByteBuffer> KEPT = new ArrayBlockingQueue<>(MOST_KEPT);

  private final ByteBuffer memory;

  private Piece(ByteBuffer memory) {
    super(UnpooledByteBufAllocator.DEFAULT, memory, SIZE);
    this.memory = memory;
    clear();
  }

  /** An empty piece. */
  public static ByteBuf take() {
    var kept = kept();
    return kept == null ? new Piece(ByteBuffer.allocateDirect(SIZE)) : kept;
  }

  /** An empty piece of memory that was used before, or null if there is none. */
  public static @Nullable ByteBuf kept() {
    var memory = KEPT.poll();
    return memory == null ? null : new Piece(memory);
  }

  /**
   * Gives back what {@code buffer} holds of a piece, if of any; nobody reads the buffer any more.
   */
  public static void release(Buffer buffer) {
    @Nullable ByteBuf bytes = ((BufferInternal) buffer).getByteBuf();
    for (; bytes != null; bytes = bytes.unwrap()) {
      if (bytes instanceof Piece piece) {
        piece.release();
        return;
      }
    }
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    KEPT.offer(memory);
  }
}
