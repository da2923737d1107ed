package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.config.ConfigReader;
import io.layover.metrics.Scrape;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code storage.maintenance.uploadpurging} of a running server. */
@Timeout(120)
class PurgingTest {
  private final HttpClient http = HttpClient.newHttpClient();
  @TempDir private Path folder;
  private Server server;

  @BeforeEach
  void start() throws StartException {
    var variables =
        new TreeMap<>(
            Map.of(
                "REGISTRY_HTTP_ADDR", "127.0.0.1:0",
                "REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0",
                "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true",
                "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", folder.toString(),
                "REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING", "{age: 1ms, interval: 500ms}"));
    server = Server.start(ConfigReader.read(null, variables));
  }

  @AfterEach
  void close() {
    server.close().await();
    http.shutdownNow();
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(method, BodyPublishers.noBody())
            .build(),
        BodyHandlers.ofString());
  }

  private String begin() throws Exception {
    var answer = send("POST", "/v2/app/blobs/uploads/");
    return URI.create(answer.headers().firstValue("Location").orElseThrow()).getPath();
  }

  private double purged() {
    try {
      return Scrape.of(server.debugPort()).sum("layover_uploads_purged_total");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void uploadsThatWereLeftAloneGo() throws Exception {
    var upload = begin();

    Mirror.await("the upload goes", () -> purged() == 1);

    assertEquals(404, send("GET", upload).statusCode());
  }
}
