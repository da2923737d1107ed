package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.epoll.EpollSocketChannelConfig;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.VertxConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether packets wait until they are full, while a body leaves and afterwards. */
@Timeout(60)
class CorkTest {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final List<Boolean> corked = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @ParameterizedTest
  @CsvSource({"8388607, true, false", "8388608, true, true", "8388608, false, true"})
  void isDrawnWhenABodyHasEnded(long length, boolean succeeds, boolean expected) throws Exception {
    assumeTrue(vertx.isNativeTransportEnabled());
    var server =
        vertx
            .createHttpServer()
            .requestHandler(request -> answer(request, length, succeeds))
            .listen(0, "127.0.0.1")
            .await();
    try (var connection = RawConnection.open(server.actualPort())) {
      assertEquals(200, connection.request("GET", "/").read().status());
    }
    assertEquals(List.of(expected, false), corked);
  }

  @ParameterizedTest
  @CsvSource({"65535, false", "65536, true"})
  void isUsedForSmallerBodiesWhileManyConnectionsAreOpen(long length, boolean expected)
      throws Exception {
    assumeTrue(vertx.isNativeTransportEnabled());
    var server =
        vertx
            .createHttpServer()
            .connectionHandler(Cork::count)
            .requestHandler(request -> answer(request, length, true))
            .listen(0, "127.0.0.1")
            .await();
    var idle = new ArrayList<RawConnection>();
    try {
      for (var i = 1; i < Cork.CROWD; i++) {
        idle.add(RawConnection.open(server.actualPort()));
        assertEquals(200, idle.getLast().request("GET", "/").read().status());
      }
      assertEquals(List.of(false, false), corked.subList(0, 2));
      corked.clear();
      try (var connection = RawConnection.open(server.actualPort())) {
        assertEquals(200, connection.request("GET", "/").read().status());
      }
      assertEquals(List.of(expected, false), corked);
    } finally {
      for (var connection : idle) {
        connection.close();
      }
    }
  }

  private void answer(HttpServerRequest request, long length, boolean succeeds) {
    var channel = ((VertxConnection) request.connection()).channel();
    var socket = (EpollSocketChannelConfig) channel.config();
    Cork.during(
            request.connection(),
            length,
            () -> {
              corked.add(socket.isTcpCork());
              return succeeds ? Future.succeededFuture() : Future.failedFuture("broken");
            })
        .onComplete(
            done -> {
              corked.add(socket.isTcpCork());
              request.response().end();
            });
  }
}
