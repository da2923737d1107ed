package io.layover.http;

import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.vertx.core.Future;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.VertxConnection;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Lets a large file leave in full packets, as nginx does: else each piece of it that goes to the
 * kernel ends with a packet of its own, and a single client gets a quarter less in a second.
 */
public final class Cork {
  /** Bytes of a body; clients of smaller ones gain more from each packet as soon as it is there. */
  static final long LEAST = 8 << 20;

  /**
   * The same in a crowd, in which packets cost all clients more than the first one gains its own.
   */
  static final long LEAST_IN_CROWD = 64 << 10;

  /** Open connections. */
  static final int CROWD = 100;

  private static final AtomicInteger OPEN = new AtomicInteger();

  private Cork() {}

  /** Counts a connection that was just accepted, until it is closed. */
  public static void count(HttpConnection connection) {
    if (connection instanceof VertxConnection accepted) {
      OPEN.incrementAndGet();
      accepted.channel().closeFuture().addListener(closed -> OPEN.decrementAndGet());
    }
  }

  /** Sends so many bytes, the last of which leave at the latest when {@code send} has ended. */
  static Future<Void> during(HttpConnection connection, long length, Supplier<Future<Void>> send) {
    return length >= (OPEN.get() < CROWD ? LEAST : LEAST_IN_CROWD)
            && connection instanceof VertxConnection accepted
            && accepted.channel().config() instanceof EpollSocketChannelConfig socket
        ? during(accepted, socket, send)
        : send.get();
  }

  private static Future<Void> during(
      VertxConnection connection, EpollSocketChannelConfig socket, Supplier<Future<Void>> send) {
    socket.setTcpCork(true);
    return send.get()
        .onComplete(
            sent -> {
              if (connection.channel().isOpen()) {
                socket.setTcpCork(false);
              }
            });
  }
}
