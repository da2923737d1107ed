package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.storage.s3.RequestBody.Progress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of an answer below Vert.x's client, without a network. */
class DirectBodyTest {
  private final List<Object> above = new ArrayList<>();
  private final EmbeddedChannel channel = new EmbeddedChannel();

  {
    channel
        .pipeline()
        .addLast(
            "handler",
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext context, Object message) {
                above.add(message);
              }
            });
  }

  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final Recorder reader = new Recorder();
  private final DirectBody body = DirectBody.on(channel, new Silent(), done);

  @Test
  void readsWhatIsAskedFor() {
    answer(HttpResponseStatus.OK);
    assertTrue(body.isTaking());
    assertFalse(channel.config().isAutoRead(), "nothing is read that nobody has asked for");
    var first = content("one");
    channel.writeInbound(new DefaultHttpContent(first), new DefaultHttpContent(content("two")));
    body.read(reader);
    assertEquals(List.of(), reader.pieces);

    body.request(1);
    assertEquals(List.of("one"), reader.pieces);
    assertEquals(0, first.refCnt());
    channel.writeInbound(new DefaultLastHttpContent(content("three")));
    assertTrue(channel.config().isAutoRead(), "for the next answer");
    assertEquals(LastHttpContent.EMPTY_LAST_CONTENT, above.getLast());
    assertFalse(reader.ended);

    body.request(2);
    assertEquals(List.of("one", "two", "three"), reader.pieces);
    assertTrue(reader.ended);
    assertEquals(null, reader.failure);
    assertFalse(done.isDone(), "that is for who sees the end of the exchange");
  }

  @Test
  void leavesWhatIsNoSuccessToOthers() {
    answer(HttpResponseStatus.NOT_FOUND);
    channel.writeInbound(new DefaultLastHttpContent(content("no")));

    assertFalse(body.isTaking());
    assertEquals(2, above.size());
  }

  @Test
  void isOutOfTheWayOfTheNextAnswer() {
    answer(HttpResponseStatus.OK);
    channel.writeInbound(new DefaultLastHttpContent(content("one")));
    above.clear();
    answer(HttpResponseStatus.OK);
    channel.writeInbound(new DefaultLastHttpContent(content("another's")));

    assertEquals(2, above.size());
    body.read(reader);
    body.request(2);
    assertEquals(List.of("one"), reader.pieces);
  }

  @Test
  void tellsOfABreakAfterWhatHadCome() {
    answer(HttpResponseStatus.PARTIAL_CONTENT);
    channel.writeInbound(new DefaultHttpContent(content("one")));
    body.read(reader);
    channel.close();
    assertFalse(reader.ended);

    body.request(2);
    assertEquals(List.of("one"), reader.pieces);
    assertInstanceOf(IOException.class, reader.failure);
  }

  @Test
  void keepsNothingOfWhatIsGivenUp() {
    answer(HttpResponseStatus.OK);
    var waiting = content("one");
    channel.writeInbound(new DefaultHttpContent(waiting));
    body.cancel();
    var late = content("two");
    channel.writeInbound(new DefaultHttpContent(late));

    assertEquals(0, waiting.refCnt());
    assertEquals(0, late.refCnt());
    assertTrue(done.isCompletedExceptionally(), "the connection is of no use any more");
  }

  private void answer(HttpResponseStatus status) {
    channel.writeInbound(new DefaultHttpResponse(HttpVersion.HTTP_1_1, status));
  }

  private static ByteBuf content(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
  }

  private static final class Silent implements Progress {
    @Override
    public void sign(boolean more) {}

    @Override
    public void broken(Throwable cause) {}
  }

  private static final class Recorder implements DirectBody.Reader {
    final List<String> pieces = new ArrayList<>();
    boolean ended;
    @Nullable Throwable failure;

    @Override
    public void piece(ByteBuf bytes) {
      pieces.add(bytes.toString(StandardCharsets.UTF_8));
      bytes.release();
    }

    @Override
    public void end(@Nullable Throwable cause) {
      ended = true;
      failure = cause;
    }
  }
}
