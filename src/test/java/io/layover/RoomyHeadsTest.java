package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** In how many pieces Netty writes an answer. */
class RoomyHeadsTest {
  @ParameterizedTest
  @CsvSource({"1, 1", "2048, 1", "7000, 1", "8192, 2", "16384, 2"})
  void aSmallBodyLeavesWithItsHead(int length, int pieces) {
    var body = "b".repeat(length);
    var answer = written(body);
    var text = String.join("", answer);

    assertEquals(pieces, answer.size());
    assertTrue(text.startsWith("HTTP/1.1 200 OK\r\n"), text);
    assertTrue(text.endsWith("\r\n\r\n" + body), text);
  }

  private static List<String> written(String body) {
    var channel = new EmbeddedChannel(new HttpResponseEncoder());
    channel.config().setAllocator(new RoomyHeads(channel.config().getAllocator()));
    var answer =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.OK,
            Unpooled.wrappedBuffer(body.getBytes(StandardCharsets.US_ASCII)));
    answer.headers().set("Content-Length", body.length());
    channel.writeOutbound(answer);
    var pieces = new ArrayList<String>();
    for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
      pieces.add(piece.toString(StandardCharsets.US_ASCII));
      piece.release();
    }
    channel.finish();
    return pieces;
  }
}
