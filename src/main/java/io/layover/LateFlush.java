package io.layover;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.VertxConnection;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends the answers of one turn of an event loop together, when its requests are read. What is sent
 * wakes its client at once, which on a busy machine takes the processor away for a single answer;
 * now it finds several. Belongs to one event loop, and to all connections of it.
 */
@Sharable
final class LateFlush extends ChannelDuplexHandler {
  /** So many connections wait for each other at most, a quarter of a millisecond. */
  static final int MOST = 32;

  private List<ChannelHandlerContext> waiting = new ArrayList<>(MOST);
  private List<ChannelHandlerContext> spare = new ArrayList<>(MOST);
  private boolean flushing;
  private boolean expected;

  /** Lets a connection that was just accepted wait for others. */
  void apply(HttpConnection connection) {
    if (connection instanceof VertxConnection accepted) {
      accepted.channel().pipeline().addFirst(this);
    }
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    waiting.add(ctx);
    if (waiting.size() == MOST && !flushing) {
      flushAll();
    } else if (!expected) {
      expected = true;
      // The turn's requests are read before its tasks are done.
      ctx.executor().execute(this::endTurn);
    }
  }

  /** A client that sends nothing more is closed as soon as this returns. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.fireChannelReadComplete();
    if (ctx.channel().unsafe().recvBufAllocHandle().lastBytesRead() < 0) {
      ctx.flush();
    }
  }

  @Override
  public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
    ctx.flush();
    ctx.close(promise);
  }

  private void endTurn() {
    expected = false;
    flushAll();
  }

  private void flushAll() {
    var now = waiting;
    // What is sent may let more be written, which waits for the next time.
    flushing = true;
    waiting = spare;
    for (var ctx : now) {
      ctx.flush();
    }
    now.clear();
    spare = now;
    flushing = false;
  }
}
