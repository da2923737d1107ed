package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When what was written leaves. */
class LateFlushTest {
  private final LateFlush late = new LateFlush();

  /** A connection whose network is a list, so that nothing but the test ends a turn. */
  private final class Client extends ChannelOutboundHandlerAdapter {
    private final EmbeddedChannel channel = new EmbeddedChannel(this, late);
    private final List<Object> written = new ArrayList<>();
    private final List<Object> sent = new ArrayList<>();
    private Runnable whenSent = () -> {};

    void answer(String text) {
      channel.pipeline().write(text);
      channel.pipeline().flush();
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object text, ChannelPromise promise) {
      written.add(text);
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
      sent.addAll(written);
      written.clear();
      whenSent.run();
    }
  }

  private List<Client> clients(int count) {
    return IntStream.range(0, count).mapToObj(i -> new Client()).toList();
  }

  private static void endTurn(List<Client> clients) {
    clients.forEach(client -> client.channel.runPendingTasks());
  }

  private static void assertAllGot(List<Object> texts, List<Client> clients) {
    clients.forEach(client -> assertEquals(texts, client.sent));
  }

  @Test
  void answersLeaveTogetherAtTheEndOfTheTurn() {
    var clients = clients(2);
    clients.forEach(client -> client.answer("a"));
    clients.forEach(client -> client.answer("b"));
    assertAllGot(List.of(), clients);

    endTurn(clients);
    assertAllGot(List.of("a", "b"), clients);
  }

  @Test
  void noMoreThanSoManyWaitForEachOther() {
    var clients = clients(LateFlush.MOST);
    for (var client : clients) {
      assertAllGot(List.of(), clients);
      client.answer("a");
    }
    assertAllGot(List.of("a"), clients);

    var next = clients.getLast();
    next.answer("b");
    assertEquals(List.of("a"), next.sent);
    endTurn(clients);
    assertEquals(List.of("a", "b"), next.sent);
  }

  @Test
  void whatIsWrittenWhileOthersAreSentLeavesToo() {
    var clients = clients(LateFlush.MOST + 1);
    var first = clients.getFirst();
    first.whenSent =
        () -> {
          first.whenSent = () -> {};
          clients.forEach(client -> client.answer("b"));
        };
    first.answer("a");
    endTurn(clients);
    assertEquals(List.of("a", "b"), first.sent);
    assertAllGot(List.of("b"), clients.subList(1, clients.size()));
  }

  @Test
  void whoSendsNothingMoreOrIsClosedDoesNotWait() {
    var clients = clients(3);
    clients.forEach(client -> client.answer("a"));

    var other = clients.get(1);
    other.channel.unsafe().recvBufAllocHandle().lastBytesRead(100);
    other.channel.pipeline().fireChannelReadComplete();
    assertEquals(List.of(), other.sent);

    var ended = clients.get(2);
    ended.channel.unsafe().recvBufAllocHandle().lastBytesRead(-1);
    ended.channel.pipeline().fireChannelReadComplete();
    assertEquals(List.of("a"), ended.sent);

    var closed = clients.get(0);
    closed.channel.pipeline().close();
    assertEquals(List.of("a"), closed.sent);
  }
}
