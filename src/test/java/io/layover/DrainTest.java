package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is told to stop lets what runs finish, for as long as its configuration says. */
@Timeout(120)
class DrainTest {
  /** More than the kernel holds for a connection, so that it runs until somebody reads. */
  private static final int SIZE = 48 << 20;

  private final byte[] blob = new byte[SIZE];
  @TempDir private Path folder;

  DrainTest() {
    new Random(1).nextBytes(blob);
  }

  private Server start(String drainTimeout) throws StartException {
    return Server.start(
        ConfigReader.read(
            null,
            Map.of(
                "REGISTRY_HTTP_ADDR",
                "127.0.0.1:0",
                "REGISTRY_HTTP_DRAINTIMEOUT",
                drainTimeout,
                "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
                folder.toString())));
  }

  private static Socket send(int port, String request) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(60_000);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static Socket upload(int port, byte[] content) throws IOException {
    return send(
        port,
        "POST /v2/other/blobs/uploads/?digest=%s HTTP/1.1\r\nHost: r\r\nContent-Length: %d\r\n\r\n"
            .formatted(Digest.sha256(content), content.length));
  }

  private Socket download(int port) throws IOException, InterruptedException {
    try (var http = HttpClient.newHttpClient()) {
      var pushed =
          http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:%d/v2/app/blobs/uploads/?digest=%s"
                              .formatted(port, Digest.sha256(blob))))
                  .POST(BodyPublishers.ofByteArray(blob))
                  .build(),
              BodyHandlers.discarding());
      assertEquals(201, pushed.statusCode());
    }
    var socket =
        send(
            port,
            "GET /v2/app/blobs/%s HTTP/1.1\r\nHost: r\r\n\r\n".formatted(Digest.sha256(blob)));
    assertTrue(head(socket).startsWith("HTTP/1.1 200 "));
    return socket;
  }

  private static String head(Socket socket) throws IOException {
    var text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      text.append((char) socket.getInputStream().read());
    }
    return text.toString();
  }

  @Test
  void whatRunsFinishes() throws Exception {
    var server = start("60s");
    var port = server.port();
    var small = Arrays.copyOf(blob, 1000);
    try (var download = download(port);
        var upload = upload(port, small)) {
      upload.getOutputStream().write(small, 0, 500);
      Mirror.await(
          "the upload began",
          () -> folder.resolve("docker/registry/v2/repositories/other/_uploads").toFile().exists());

      var closed = server.close();

      Mirror.await("nobody else is let in", () -> isRefused(port));
      assertFalse(closed.isComplete());
      upload.getOutputStream().write(small, 500, 500);
      assertTrue(head(upload).startsWith("HTTP/1.1 201 "));
      assertEquals(Digest.sha256(blob), Digest.sha256(download.getInputStream().readNBytes(SIZE)));
      closed.await();
    }
  }

  private static boolean isRefused(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.getInputStream().read() < 0;
    } catch (IOException e) {
      return true;
    }
  }

  @Test
  void whatTakesTooLongIsCut() throws Exception {
    var server = start("200ms");
    try (var download = download(server.port())) {
      server.close().await();

      assertThrows(
          IOException.class,
          () -> {
            if (download.getInputStream().readNBytes(SIZE).length < SIZE) {
              throw new IOException("it ended before it was whole");
            }
          });
    }
  }
}
