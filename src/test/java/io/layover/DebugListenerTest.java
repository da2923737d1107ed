package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class DebugListenerTest {
  @TempDir private Path directory;

  private Server start(Map<String, String> more) throws StartException {
    var variables = new HashMap<>(more);
    variables.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", directory.toString());
    return Server.start(ConfigReader.read(null, variables));
  }

  private static HttpResponse<String> get(Server server, String path)
      throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.debugPort() + path))
              .build(),
          BodyHandlers.ofString());
    }
  }

  @Test
  void showsFiguresAndHealth() throws Exception {
    var server =
        start(
            Map.of(
                "REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0",
                "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true",
                "REGISTRY_HTTP_DEBUG_PROMETHEUS_PATH", "/figures"));
    try {
      var figures = get(server, "/figures");
      assertEquals(200, figures.statusCode());
      assertTrue(figures.body().contains("jvm_memory_used_bytes{"), figures.body());
      assertTrue(figures.body().contains("process_files_open_files"), figures.body());
      assertEquals(200, get(server, "/health").statusCode());
      assertEquals(200, get(server, "/ready").statusCode());
      assertEquals(200, get(server, "/debug/health").statusCode());
      assertEquals(404, get(server, "/metrics").statusCode());
      assertEquals(404, get(server, "/v2/").statusCode());
    } finally {
      server.close().await();
    }
  }

  @Test
  void showsNoFiguresUnlessAsked() throws Exception {
    var server = start(Map.of("REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0"));
    try {
      assertEquals(404, get(server, "/metrics").statusCode());
    } finally {
      server.close().await();
    }
  }

  @Test
  void doesNotStartWhereSomeoneElseListens() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var addr = "127.0.0.1:" + taken.getLocalPort();
      var e =
          assertThrows(StartException.class, () -> start(Map.of("REGISTRY_HTTP_DEBUG_ADDR", addr)));
      assertTrue(
          String.valueOf(e.getMessage()).startsWith("http.debug.addr " + addr), e.getMessage());
    }
  }
}
