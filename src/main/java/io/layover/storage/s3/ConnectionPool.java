package io.layover.storage.s3;

import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.impl.VertxConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Connections that are used again once their answer was read to its end. Vert.x's own pool hands
 * one out as soon as the end has arrived, be it read or not: then a request would wait for the
 * reader of another one, who may be slow.
 */
final class ConnectionPool {
  private final Vertx vertx;
  private final HttpClientAgent client;
  private final int most;
  private final long keptNanos;
  private final Duration patience;

  // Guarded by this.
  private final ArrayDeque<Idle> idle = new ArrayDeque<>();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private int open;

  /** Which server. */
  record Server(String host, int port, boolean ssl) {}

  private record Idle(Held held, long since) {}

  private record Waiting(Server server, Promise<Held> promise) {}

  /**
   * @param most connections at a time; more wait
   * @param kept how long one is kept that nobody uses
   * @param patience how long is waited for one
   */
  ConnectionPool(Vertx vertx, HttpClientAgent client, int most, Duration kept, Duration patience) {
    this.vertx = vertx;
    this.client = client;
    this.most = most;
    this.keptNanos = kept.toNanos();
    this.patience = patience;
  }

  /** A connection that one request has for itself. It is given back or closed, once. */
  final class Held {
    private final Server server;
    private final HttpClientConnection connection;
    private final VertxConnection below;
    private boolean ended;

    private Held(Server server, HttpClientConnection connection) {
      this.server = server;
      this.connection = connection;
      this.below = (VertxConnection) connection.closeHandler(v -> closed(this));
      DirectBody.prepare(below.channel());
    }

    HttpClientConnection connection() {
      return connection;
    }

    /** What the connection is made of: it answers for the other when a handler is set. */
    VertxConnection below() {
      return below;
    }

    /** The answer was read to its end: another request may have the connection. */
    void giveBack() {
      ConnectionPool.this.giveBack(this);
    }

    void close() {
      connection.close();
    }
  }

  /** A connection of the caller's own event loop, unless there are too many already. */
  Future<Held> take(Server server) {
    var context = (ContextInternal) vertx.getOrCreateContext();
    var loop = context.nettyEventLoop();
    Promise<Held> promise;
    Held held;
    var stale = new ArrayList<Held>();
    synchronized (this) {
      removeStale(stale);
      held = takeIdle(server, loop);
      promise = context.promise();
      if (held == null && open >= most && !dropIdle(stale)) {
        waiting.add(new Waiting(server, promise));
      } else if (held == null) {
        open++;
        promise = null;
      }
    }
    stale.forEach(Held::close);
    if (held != null) {
      return Future.succeededFuture(held);
    }
    return promise == null ? connect(server) : await(promise);
  }

  private Future<Held> await(Promise<Held> promise) {
    vertx.setTimer(
        patience.toMillis(),
        t -> promise.tryFail(new IOException("all connections to S3 are in use")));
    return promise.future();
  }

  private Future<Held> connect(Server server) {
    return client
        .connect(
            new HttpConnectOptions().setHost(server.host).setPort(server.port).setSsl(server.ssl))
        .onFailure(e -> closed(null))
        .map(connection -> new Held(server, connection));
  }

  /** Bytes that pass from one loop to another would wake a thread for each piece. */
  private @Nullable Held takeIdle(Server server, EventLoop loop) {
    for (var one : idle) {
      if (one.held.server.equals(server) && one.held.below.channel().eventLoop().equals(loop)) {
        idle.remove(one);
        return one.held;
      }
    }
    return null;
  }

  /** The last one used comes first, so those that are too old are at the end. */
  private void removeStale(List<Held> stale) {
    var now = System.nanoTime();
    while (!idle.isEmpty() && now - idle.getLast().since > keptNanos) {
      stale.add(idle.removeLast().held);
    }
  }

  /** Makes room where connections of another server or loop are in the way. */
  private boolean dropIdle(List<Held> dropped) {
    if (idle.isEmpty()) {
      return false;
    }
    dropped.add(idle.removeLast().held);
    return true;
  }

  private void giveBack(Held held) {
    Waiting next;
    synchronized (this) {
      if (held.ended) {
        return;
      }
      next = takeWaiting(held.server);
      if (next == null) {
        idle.addFirst(new Idle(held, System.nanoTime()));
      }
    }
    if (next != null && !next.promise.tryComplete(held)) {
      giveBack(held);
    }
  }

  private @Nullable Waiting takeWaiting(Server server) {
    for (var one : waiting) {
      if (one.server.equals(server)) {
        waiting.remove(one);
        return one;
      }
    }
    return null;
  }

  private void closed(@Nullable Held held) {
    Waiting next;
    synchronized (this) {
      if (held != null) {
        held.ended = true;
        idle.removeIf(one -> one.held.equals(held));
      }
      open--;
      next = waiting.poll();
      if (next != null) {
        open++;
      }
    }
    if (next != null) {
      var promise = next.promise;
      connect(next.server)
          .onSuccess(
              fresh -> {
                if (!promise.tryComplete(fresh)) {
                  fresh.giveBack();
                }
              })
          .onFailure(promise::tryFail);
    }
  }
}
