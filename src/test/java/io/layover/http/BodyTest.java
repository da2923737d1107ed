package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.VertxConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is read of a body that nobody takes at the moment. */
@Timeout(30)
class BodyTest {
  private static final int SIZE = 400 << 10;

  private final Vertx vertx = Vertx.vertx();
  private final AtomicLong read = new AtomicLong();
  private final Promise<Body> paused = Promise.promise();
  private final Promise<Long> taken = Promise.promise();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void whatNobodyTakesStaysOutsideUntilSomebodyDoes() throws Exception {
    var server = vertx.createHttpServer().requestHandler(this::pauseAtOnce);
    var port = server.listen(0, "127.0.0.1").await().actualPort();
    try (var client = new Socket(InetAddress.getLoopbackAddress(), port)) {
      var out = client.getOutputStream();
      var head = "PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(SIZE);
      out.write(head.getBytes(StandardCharsets.US_ASCII));
      out.write(new byte[8 << 10]);
      var body = paused.future().await();
      out.write(new byte[SIZE - (8 << 10)]);
      turns(200).await();
      assertTrue(read.get() < 128 << 10, read + " bytes were read of " + SIZE);

      body.resume();
      assertEquals(SIZE, taken.future().await());
    }
  }

  /** Pauses with the first bytes, as one does whose disk is slow. */
  private void pauseAtOnce(HttpServerRequest request) {
    if (request.connection() instanceof VertxConnection connection) {
      connection.channel().pipeline().addFirst(new Counter());
    }
    var body = new Body(request);
    var length = new AtomicLong();
    body.endHandler(v -> taken.complete(length.get()));
    body.handler(
        chunk -> {
          if (length.getAndAdd(chunk.length()) == 0) {
            body.pause();
            paused.complete(body);
          }
        });
  }

  private final class Counter extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      read.addAndGet(((ByteBuf) message).readableBytes());
      ctx.fireChannelRead(message);
    }
  }

  /** So many looks of the event loops at their connections. */
  private Future<Void> turns(int count) {
    Future<Void> last = Future.succeededFuture();
    for (var i = 0; i < count; i++) {
      last = last.compose(v -> vertx.timer(1)).mapEmpty();
    }
    return last;
  }
}
