package io.layover;

import io.layover.storage.Piece;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.VertxConnection;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.LongSupplier;

/**
 * How much is read from a connection at a time: as much as Netty believes to come, but only a
 * little while much of the memory outside of the heap is used. Where much comes, it is read into a
 * {@link Piece}, which reaches the disk without being copied.
 */
@SuppressWarnings("deprecation") // Netty asks for handles of this very kind.
final class Receiving implements RecvByteBufAllocator {
  /** Of the memory outside of the heap, 64 MB unless the JVM is told otherwise. */
  static final long SHORT = 28 << 20;

  static final int LITTLE = 8 << 10;

  /** What is expected at once of those that send a large body. */
  private static final int MUCH = 64 << 10;

  private static final int LEAST = 64;
  private static final int FIRST = 2 << 10;

  private static final Receiving SHARED = new Receiving(usedMemory());

  private final RecvByteBufAllocator pieces =
      new AdaptiveRecvByteBufAllocator(LEAST, FIRST, Piece.SIZE);
  private final LongSupplier used;

  /**
   * @param used bytes outside of the heap that are in use
   */
  Receiving(LongSupplier used) {
    this.used = used;
  }

  /** Lets a connection that was just accepted be read so; has no effect once it was read. */
  static void apply(HttpConnection connection) {
    SHARED.applyTo(connection);
  }

  void applyTo(HttpConnection connection) {
    if (connection instanceof VertxConnection accepted) {
      accepted.channel().config().setRecvByteBufAllocator(this);
    }
  }

  private static LongSupplier usedMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .<LongSupplier>map(pool -> pool::getMemoryUsed)
        .findFirst()
        .orElse(() -> 0);
  }

  @Override
  public Handle newHandle() {
    return new Piecewise(pieces.newHandle());
  }

  private final class Piecewise extends DelegatingHandle implements ExtendedHandle {
    private Piecewise(Handle usual) {
      super(usual);
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      var usual = guess();
      if (usual <= LITTLE) {
        return allocator.ioBuffer(usual);
      }
      var isShort = used.getAsLong() > SHORT;
      if (usual >= MUCH) {
        var piece = isShort ? Piece.kept() : Piece.take();
        if (piece != null) {
          return piece;
        }
      }
      return allocator.ioBuffer(isShort ? LITTLE : usual);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return ((ExtendedHandle) delegate()).continueReading(maybeMoreData);
    }
  }
}
