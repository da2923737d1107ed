package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.http.RawConnection;
import io.layover.http.RegistryFixture;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ListenerTest {
  @TempDir private Path directory;
  private RegistryFixture registry;
  private Listener listener;

  @BeforeEach
  void start() throws Exception {
    registry = RegistryFixture.start(directory);
    listener =
        Listener.start(
            registry.vertx(), "127.0.0.1", 0, Listener.Protocols.PLAIN, registry.parts());
  }

  @AfterEach
  void close() {
    registry.close();
  }

  private RawConnection connect() throws IOException {
    return RawConnection.open(listener.port());
  }

  @Test
  void servesOnEveryConnection() throws Exception {
    for (var i = 0; i < 20; i++) {
      try (var connection = connect()) {
        assertEquals(200, connection.request("GET", "/v2/").read().status());
      }
    }
    assertEquals("127.0.0.1:" + listener.port(), listener.address());
  }

  /** A busy server learns of a request and of its client's end at once. */
  @Test
  void answersWhoSendsNothingMore() throws Exception {
    try (var connection = connect()) {
      connection.request("GET", "/v2/").read();
      var busy = new CountDownLatch(1);
      for (var loop : ((VertxInternal) registry.vertx()).nettyEventLoopGroup()) {
        var isBusy = new CountDownLatch(1);
        loop.submit(
            () -> {
              isBusy.countDown();
              return busy.await(20, TimeUnit.SECONDS);
            });
        assertTrue(isBusy.await(20, TimeUnit.SECONDS));
      }
      connection.request("GET", "/v2/").endOutput();
      busy.countDown();
      assertEquals(200, connection.read().status());
      connection.awaitEnd();
    }
  }

  /** A path and a header, so many characters long, within the limits and beyond. */
  @ParameterizedTest(name = "a path of {0}, a header of {1} -> {2}")
  @CsvSource({
    "1000,    1000,    404",
    "16000,   1000,    404",
    "16500,   1000,    414",
    "1000000, 1000,    414",
    "1000,    31000,   404",
    "1000,    33000,   431",
    "1000,    1000000, 431",
  })
  void refusesWhatIsTooLarge(int path, int header, int status) throws Exception {
    try (var connection = connect()) {
      try {
        connection.send(
            "GET /%s HTTP/1.1\r\nHost: registry\r\nX-Large: %s\r\n\r\n"
                .formatted("a".repeat(path), "b".repeat(header)));
      } catch (IOException e) {
        // The server has answered and closed before all of it was sent.
        assertTrue(status != 404);
      }
      var answer = connection.read();

      assertEquals(status, answer.status());
      assertEquals("application/json", answer.header("content-type"));
      assertEquals(1, new JsonObject(answer.body()).getJsonArray("errors").size());
      if (status != 404) {
        assertEquals("close", answer.header("connection"));
        connection.awaitEnd();
      }
    }
  }

  @Test
  void cannotListenWhereSomeoneElseDoes() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThrows(
          IOException.class,
          () ->
              Listener.start(
                  registry.vertx(),
                  "127.0.0.1",
                  taken.getLocalPort(),
                  Listener.Protocols.PLAIN,
                  registry.parts()));
    }
  }

  @Test
  void takesNoMoreConnectionsWhenItStops() throws Exception {
    try (var connection = connect()) {
      assertEquals(200, connection.request("GET", "/v2/").read().status());
      listener
          .shutdown(Duration.ofSeconds(5))
          .toCompletionStage()
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS);

      connection.awaitEnd();
      assertThrows(IOException.class, this::connect);
    }
  }
}
