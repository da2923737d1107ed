package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.storage.filesystem.Trees;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the debug address says of the server's health, and what clients then see. */
@Timeout(120)
class HealthTest {
  private final HttpClient http = HttpClient.newHttpClient();
  @TempDir private Path folder;
  private @Nullable Server server;

  @AfterEach
  void close() {
    if (server != null) {
      server.close().await();
    }
    http.shutdownNow();
  }

  private Server start(String... more) throws StartException {
    var variables = new TreeMap<>(Map.of("REGISTRY_HTTP_ADDR", "127.0.0.1:0"));
    variables.put("REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", folder.resolve("data").toString());
    for (var i = 0; i < more.length; i += 2) {
      variables.put(more[i], more[i + 1]);
    }
    server = Server.start(ConfigReader.read(null, variables));
    return server;
  }

  private HttpResponse<String> get(int port, String path) {
    try {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void await(Server at, String path, int status) throws InterruptedException {
    Mirror.await(path + " is " + status, () -> get(at.debugPort(), path).statusCode() == status);
  }

  @Test
  void isReadyAsLongAsTheStorageIsThere() throws Exception {
    var running = start();
    await(running, "/ready", 200);

    Trees.delete(folder.resolve("data"));

    await(running, "/ready", 503);
    var answer = get(running.debugPort(), "/ready");
    assertTrue(new JsonObject(answer.body()).getString("storage").contains("cannot be reached"));
    assertEquals(200, get(running.debugPort(), "/health").statusCode(), "it lives nevertheless");
    Files.createDirectories(folder.resolve("data/layover/tmp"));
    await(running, "/ready", 200);
  }

  /** Requests are answered by 503 while a check fails, and no longer. */
  @Test
  void aFileTakesItOutOfService() throws Exception {
    var file = folder.resolve("down");
    var running =
        start("REGISTRY_HEALTH_FILE", "[{file: '" + file + "', interval: 20ms, threshold: 2}]");
    assertEquals(200, get(running.port(), "/v2/").statusCode());

    Files.createFile(file);

    await(running, "/debug/health", 503);
    assertEquals(
        new JsonObject().put(file.toString(), "file exists"),
        new JsonObject(get(running.debugPort(), "/debug/health").body()));
    assertEquals(503, get(running.debugPort(), "/ready").statusCode());
    var refused = get(running.port(), "/v2/");
    assertEquals(503, refused.statusCode());
    assertEquals(
        "UNAVAILABLE",
        new JsonObject(refused.body()).getJsonArray("errors").getJsonObject(0).getString("code"));
    Files.delete(file);
    await(running, "/debug/health", 200);
    assertEquals(200, get(running.port(), "/v2/").statusCode());
  }

  @Test
  void looksAtServers() throws Exception {
    var vertx = Vertx.vertx();
    var status = new AtomicInteger(204);
    var beside =
        vertx
            .createHttpServer()
            .requestHandler(
                request ->
                    request
                        .response()
                        .setStatusCode(
                            request.method().name().equals("HEAD")
                                    && "v".equals(request.getHeader("X-Key"))
                                ? status.get()
                                : 400)
                        .end())
            .listen(0, "127.0.0.1")
            .await();
    var tcp = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
    try {
      var running =
          start(
              "REGISTRY_HEALTH_HTTP",
              "[{uri: 'http://u:hush@127.0.0.1:%d/up', statuscode: 204, headers: {X-Key: [v]}, interval: 20ms}]"
                  .formatted(beside.actualPort()),
              "REGISTRY_HEALTH_TCP",
              "[{addr: '127.0.0.1:%d', interval: 20ms, timeout: 5s}]".formatted(tcp.getLocalPort()),
              "REGISTRY_HEALTH_STORAGEDRIVER",
              "{enabled: true, interval: 20ms}");
      await(running, "/debug/health", 200);

      status.set(500);
      await(running, "/debug/health", 503);
      assertEquals(
          "{\"127.0.0.1/up\":\"downstream service returned unexpected status: 500\"}",
          get(running.debugPort(), "/debug/health").body());
      status.set(204);
      await(running, "/debug/health", 200);

      tcp.close();
      await(running, "/debug/health", 503);
      assertTrue(get(running.debugPort(), "/debug/health").body().contains("connection to"));

      Trees.delete(folder.resolve("data"));
      Mirror.await(
          "the storage is named",
          () -> get(running.debugPort(), "/debug/health").body().contains("storagedriver"));
    } finally {
      tcp.close();
      vertx.close().await();
    }
  }

  /** Whoever spreads requests learns of the end before it comes. */
  @Test
  void isNotReadyWhileItDrains() throws Exception {
    var running = start("REGISTRY_HTTP_DRAINTIMEOUT", "60s");
    Future<Void> closed;
    try (var slow = new Socket(InetAddress.getLoopbackAddress(), running.port())) {
      slow.getOutputStream()
          .write(
              "POST /v2/a/blobs/uploads/?digest=sha256:%s HTTP/1.1\r\nHost: r\r\nContent-Length: 9\r\n\r\n"
                  .formatted("0".repeat(64))
                  .getBytes(StandardCharsets.US_ASCII));
      Mirror.await(
          "the upload began",
          () ->
              folder.resolve("data/docker/registry/v2/repositories/a/_uploads").toFile().exists());
      var port = running.debugPort();

      closed = running.close();

      Mirror.await("it is not ready", () -> get(port, "/ready").statusCode() == 503);
      assertEquals("{\"server\":\"it is stopping\"}", get(port, "/ready").body());
    }
    closed.await();
    server = null;
  }
}
