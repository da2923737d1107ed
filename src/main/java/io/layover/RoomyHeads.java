package io.layover;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.VertxConnection;

/**
 * Gives the head of an answer more room than it needs. Netty puts a small body into what is left of
 * it, and writes one piece where it would write two: each takes a promise, and the body is copied
 * to memory outside of the heap anyway.
 */
final class RoomyHeads extends AbstractByteBufAllocator {
  static final int ROOM = 8 << 10;

  private final ByteBufAllocator usual;

  RoomyHeads(ByteBufAllocator usual) {
    this.usual = usual;
  }

  /** Lets a connection that was just accepted have such heads, unless it speaks HTTP/2. */
  static void apply(HttpConnection connection) {
    if (connection instanceof VertxConnection accepted
        && accepted.channel().pipeline().get(HttpResponseEncoder.class) != null) {
      var config = accepted.channel().config();
      config.setAllocator(new RoomyHeads(config.getAllocator()));
    }
  }

  /** This is how the encoder asks for a head; all others name a kind of memory. */
  @Override
  public ByteBuf buffer(int initialCapacity) {
    return usual.buffer(Math.max(initialCapacity, ROOM));
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return usual.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return usual.directBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return usual.isDirectBufferPooled();
  }
}
