package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How much is read from a connection at a time. */
@SuppressWarnings("deprecation") // Netty asks for handles of this very kind.
class ReceivingTest {
  private final AtomicLong used = new AtomicLong();
  private final RecvByteBufAllocator.Handle handle = new Receiving(used::get).newHandle();

  @Test
  void readsMuchWhereMuchComes() {
    readMuch();
    assertEquals(64 << 10, handle.guess());
  }

  @Test
  void readsLittleWhileMemoryIsShort() {
    readMuch();
    used.set(Receiving.SHORT + 1);
    assertEquals(Receiving.LITTLE, handle.guess());
    var buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
    assertEquals(Receiving.LITTLE, buffer.capacity());
    buffer.release();
    used.set(0);
    assertEquals(64 << 10, handle.guess());
  }

  @Test
  void readsNoMoreThanUsualWhereLittleComes() {
    assertTrue(handle.guess() < Receiving.LITTLE);
    used.set(Receiving.SHORT + 1);
    assertTrue(handle.guess() < Receiving.LITTLE);
  }

  /** A connection on which every read finds as much as there is room for. */
  private void readMuch() {
    var config = new DefaultChannelConfig(new EmbeddedChannel());
    for (var i = 0; i < 20; i++) {
      handle.reset(config);
      handle.attemptedBytesRead(handle.guess());
      handle.lastBytesRead(handle.guess());
      handle.incMessagesRead(1);
      handle.readComplete();
    }
  }
}
