package io.layover.storage.s3;

import io.layover.storage.MemoryShare;
import io.layover.storage.s3.RequestBody.Progress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.SdkHttpExecutionAttribute;

/**
 * The body of an answer as it leaves the connection, below Vert.x's client and the SDK, which both
 * would copy it. It is read from the socket piece by piece, when one is asked for. All happens on
 * the connection's event loop.
 */
final class DirectBody extends ChannelInboundHandlerAdapter {
  /** With this, a request says who wants its answer's body so. */
  static final SdkHttpExecutionAttribute<Taker> TAKER =
      new SdkHttpExecutionAttribute<>(Taker.class) {};

  /** What Vert.x calls its own handler. */
  private static final String VERTX = "handler";

  /** For the pieces of all bodies; each reader has {@link #AHEAD} at a time. */
  private static final MemoryShare MEMORY = new MemoryShare(32 << 20, 32 << 10, 512 << 10);

  /** One is on its way to the client while the next is read. */
  static final int AHEAD = 2;

  private static final int OK = 200;
  private static final int PARTIAL = 206;

  /** Gets the body of an answer that is a success, before the SDK gets its head. */
  interface Taker {
    void take(DirectBody body);
  }

  /** Reads one body. */
  interface Reader {
    /** A piece, which the reader has to release. */
    void piece(ByteBuf bytes);

    /** Nothing more comes; absent: that was all. */
    void end(@Nullable Throwable failure);
  }

  private final Channel channel;
  private final Progress progress;
  private final CompletableFuture<Void> done;
  private final ArrayDeque<ByteBuf> unread = new ArrayDeque<>();
  private @Nullable Reader reader;
  private long wanted;
  private volatile boolean taking;
  private volatile boolean complete;
  private boolean ended;
  private @Nullable Throwable broken;

  private DirectBody(Channel channel, Progress progress, CompletableFuture<Void> done) {
    this.channel = channel;
    this.progress = progress;
    this.done = done;
  }

  /** Has a connection that nothing was read from yet be read in pieces that suit any answer. */
  static void prepare(Channel channel) {
    channel.config().setRecvByteBufAllocator(new Pieces());
  }

  /**
   * Waits for an answer to come from a connection.
   *
   * @param done is completed by others when the exchange ends, and from here when it is given up
   */
  static DirectBody on(Channel channel, Progress progress, CompletableFuture<Void> done) {
    var body = new DirectBody(channel, progress, done);
    channel.pipeline().addBefore(VERTX, null, body);
    MEMORY.enter();
    done.whenComplete(
        (v, e) -> {
          MEMORY.leave();
          if (e != null) {
            body.onLoop(() -> body.fail(e));
          }
        });
    return body;
  }

  /** True if the answer that has begun is a success, and its body comes here. */
  boolean isTaking() {
    return taking || complete;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (message instanceof HttpResponse head) {
      taking = head.status().code() == OK || head.status().code() == PARTIAL;
      channel.config().setAutoRead(!taking);
    }
    if (!taking || !(message instanceof HttpContent content)) {
      context.fireChannelRead(message);
      return;
    }
    if (content.decoderResult().isFailure()) {
      fail(content.decoderResult().cause());
      context.fireChannelRead(message);
      return;
    }
    if (!ended && content.content().isReadable()) {
      unread.add(content.content());
    } else {
      ReferenceCountUtil.release(content);
    }
    if (content instanceof LastHttpContent) {
      taking = false;
      complete = true;
      leave();
      context.fireChannelRead(LastHttpContent.EMPTY_LAST_CONTENT);
    }
    deliver();
  }

  /** The connection is for another answer now. */
  void leave() {
    if (channel.pipeline().context(this) != null) {
      channel.pipeline().remove(this);
      channel.config().setAutoRead(true);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (taking) {
      fail(new IOException("S3 closed the connection"));
    }
    context.fireChannelInactive();
  }

  /** Begins to read; nothing comes before it is asked for. */
  void read(Reader by) {
    onLoop(
        () -> {
          reader = by;
          progress.sign(false);
          deliver();
        });
  }

  /** Asks for so many pieces more. */
  void request(int count) {
    onLoop(
        () -> {
          wanted += count;
          progress.sign(true);
          deliver();
        });
  }

  /** The rest is not wanted: the connection ends, as reading on could cost more. */
  void cancel() {
    onLoop(
        () -> {
          reader = null;
          release();
          done.completeExceptionally(new IOException("the rest was not wanted"));
        });
  }

  private void deliver() {
    while (reader != null && wanted > 0 && !unread.isEmpty()) {
      wanted--;
      progress.sign(wanted > 0);
      reader.piece(unread.remove());
    }
    if (reader == null || ended) {
      return;
    }
    if (unread.isEmpty() && (complete || broken != null)) {
      ended = true;
      reader.end(broken);
    } else if (wanted > 0 && taking) {
      channel.read();
    }
  }

  private void fail(Throwable cause) {
    if (broken == null && !complete) {
      broken = Exchange.asIo(cause);
      deliver();
    }
  }

  private void release() {
    ended = true;
    unread.forEach(ByteBuf::release);
    unread.clear();
  }

  private void onLoop(Runnable action) {
    var loop = channel.eventLoop();
    if (loop.inEventLoop()) {
      action.run();
    } else {
      loop.execute(action);
    }
  }

  /** As much as a reader may have, once a connection brings more than a small answer. */
  private static final class Pieces extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int SMALL = 16 << 10;

    @Override
    @SuppressWarnings("deprecation") // Netty asks for handles of this very kind.
    public Handle newHandle() {
      return new MaxMessageHandle() {
        @Override
        public int guess() {
          return lastBytesRead() < SMALL ? SMALL : MEMORY.share() / AHEAD;
        }
      };
    }
  }
}
