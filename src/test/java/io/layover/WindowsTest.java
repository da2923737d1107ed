package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.layover.storage.MemoryShare;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What HTTP/2 clients may send while nobody takes it. */
@Timeout(30)
class WindowsTest {
  private final Vertx vertx = Vertx.vertx();
  private final MemoryShare memory = new MemoryShare(2 << 20, 64 << 10, 1 << 20);
  private final Windows windows = new Windows(memory);
  private final List<HttpClient> clients = new ArrayList<>();
  private final BlockingQueue<HttpConnection> accepted = new LinkedBlockingQueue<>();

  @AfterEach
  void close() {
    vertx.close().await();
  }

  @Test
  void aMegabyteComesBeforeAnyOfItIsTaken() throws Exception {
    var server = serve();
    var request = begin(server);
    request.setChunked(true).write(Buffer.buffer(new byte[1 << 20])).await(20, TimeUnit.SECONDS);
    var next = request.write(Buffer.buffer(new byte[1]));
    accepted.take().ping(Buffer.buffer("12345678")).await(20, TimeUnit.SECONDS);
    assertFalse(next.isComplete(), "one byte more has to wait");
  }

  @Test
  void manyConnectionsMaySendLessEach() throws Exception {
    var server = serve();
    var connections = List.of(connect(server), connect(server), connect(server));
    assertEquals(
        List.of(1 << 20, 1 << 20, (2 << 20) / 3),
        connections.stream().map(HttpConnection::getWindowSize).toList());

    connections.forEach(HttpConnection::close);
    while (memory.share() < 1 << 20) {
      Thread.onSpinWait();
    }
  }

  @Test
  void whatIsNoHttp2HasNone() throws Exception {
    var server = serve();
    vertx
        .createHttpClient()
        .request(HttpMethod.GET, server.actualPort(), "127.0.0.1", "/")
        .compose(HttpClientRequest::send)
        .await(20, TimeUnit.SECONDS);
    assertEquals(-1, accepted.take().getWindowSize());
  }

  /** Answers, and takes nothing. */
  private HttpServer serve() {
    return vertx
        .createHttpServer(
            new HttpServerOptions()
                .setHttp2ClearTextEnabled(true)
                .setInitialSettings(Windows.settings()))
        .connectionHandler(
            connection -> {
              windows.applyTo(connection);
              accepted.add(connection);
            })
        .requestHandler(
            request -> {
              request.pause();
              if (request.method().equals(HttpMethod.GET)) {
                request.response().end();
              }
            })
        .listen(0, "127.0.0.1")
        .await();
  }

  /** A connection as the server sees it. */
  private HttpConnection connect(HttpServer server) throws Exception {
    begin(server);
    return accepted.take();
  }

  private HttpClientRequest begin(HttpServer server) throws Exception {
    // One that nobody knows any more is closed.
    clients.add(
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)));
    return clients
        .getLast()
        .request(HttpMethod.PUT, server.actualPort(), "127.0.0.1", "/")
        .await(20, TimeUnit.SECONDS);
  }
}
