package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.storage.Piece;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.ArrayList;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How much is read from a connection at a time. */
@SuppressWarnings("deprecation") // Netty asks for handles of this very kind.
class ReceivingTest {
  private final AtomicLong used = new AtomicLong();
  private final RecvByteBufAllocator.Handle handle = new Receiving(used::get).newHandle();

  @Test
  void readsMuchWhereMuchComes() {
    readMuch();
    assertEquals(128 << 10, room());
  }

  @Test
  void readsLittleWhileMemoryIsShort() {
    readMuch();
    used.set(Receiving.SHORT + 1);
    Stream.generate(Piece::kept).takeWhile(Objects::nonNull).forEach(piece -> {});
    assertEquals(Receiving.LITTLE, room());
    used.set(0);
    assertEquals(128 << 10, room());
  }

  @Test
  void usesMemoryAgainWhenItIsShort() {
    readMuch();
    Piece.take().release();
    used.set(Receiving.SHORT + 1);
    assertEquals(128 << 10, room());
  }

  @Test
  void readsNoMoreThanUsualWhereLittleComes() {
    var usual = room();
    assertTrue(usual < Receiving.LITTLE);
    used.set(Receiving.SHORT + 1);
    assertEquals(usual, room());
  }

  /** How much would be read. */
  private int room() {
    var buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
    try {
      return buffer.capacity();
    } finally {
      buffer.release();
    }
  }

  /**
   * Vert.x passes the memory on that it was read into, and takes it for its own no more. Were it to
   * copy again, pushes would only be slower; were it to give it back, this would read other bytes.
   */
  @Test
  @Timeout(30)
  void takesALargeBodyAsItCame() throws Exception {
    var content = Buffer.buffer(new byte[8 << 20]);
    new Random(1).nextBytes(((BufferInternal) content).getByteBuf().array());
    var copied = new AtomicLong();
    var vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    try {
      var server =
          vertx
              .createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(false))
              .connectionHandler(new Receiving(used::get)::applyTo)
              .requestHandler(
                  request -> {
                    var buffers = new ArrayList<Buffer>();
                    request.handler(
                        buffer -> {
                          buffers.add(buffer);
                          if (!((BufferInternal) buffer).getByteBuf().isDirect()) {
                            copied.addAndGet(buffer.length());
                          }
                        });
                    request.endHandler(
                        v -> {
                          var all = Buffer.buffer();
                          buffers.forEach(all::appendBuffer);
                          buffers.forEach(Piece::release);
                          request.response().end(Boolean.toString(all.equals(content)));
                        });
                  })
              .listen(0, "127.0.0.1")
              .await();
      var client = vertx.createHttpClient();
      for (var i = 0; i < 3; i++) {
        var same =
            client
                .request(HttpMethod.PUT, server.actualPort(), "127.0.0.1", "/")
                .compose(request -> request.send(content))
                .compose(HttpClientResponse::body)
                .await();
        assertEquals("true", same.toString());
      }
    } finally {
      vertx.close().await();
    }
    assertTrue(copied.get() < content.length(), copied + " bytes of three bodies were copied");
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
