package io.layover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Garbage is collected over and over, however young it is, while clients push, mount and pull: what
 * they are told is stored, is.
 */
@Timeout(180)
class CollectWhileServingTest {
  private static final int IMAGES = 30;
  private static final int LAYER = 20_000;

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HttpClient http = HttpClient.newHttpClient();
  @TempDir private Path folder;
  private Server server;
  private Path config;

  @BeforeEach
  void start() throws Exception {
    config = folder.resolve("config.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        http: {addr: "127.0.0.1:0"}
        storage: {filesystem: {rootdirectory: "%s"}}
        proxy: {remoteurl: "%s", hosted: ["private/**"], answerwithin: 30s}
        """
            .formatted(folder.resolve("data"), hub.url()));
    server = Server.start(ConfigReader.read(config, Map.of()));
  }

  @AfterEach
  void close() {
    http.shutdownNow();
    server.close().await();
    hub.close();
    vertx.close().await();
  }

  @Test
  void whatIsAcceptedAndWhatIsPulledIsWhole() throws Exception {
    var gone = 0;
    try (var work = Executors.newVirtualThreadPerTaskExecutor()) {
      var pushes = work.submit(this::pushAll);
      var pulls = work.submit(this::pullAll);
      while (!pushes.isDone() || !pulls.isDone()) {
        gone += collect();
      }
      pushes.get();
      pulls.get();
    }
    gone += collect();

    assertTrue(gone >= IMAGES, gone + " blobs are gone");
    hub.close();
    for (var seed = 0; seed < IMAGES; seed++) {
      pull("private/app", "v" + seed, pushed(seed));
      pull("library/app" + seed, "latest", pulled(seed));
    }
  }

  private static Image pushed(int seed) {
    return Images.oci(seed, 1, LAYER);
  }

  private static Image pulled(int seed) {
    return Images.oci(1000 + seed, 1, LAYER);
  }

  /** How many blobs went. */
  private int collect() {
    var ran = Ran.of(new GarbageCollectCommand(), "--age", "0", config.toString());
    assertEquals(0, ran.exit(), ran::err);
    var blobs = Pattern.compile(" (\\d+) blobs of ").matcher(ran.out());
    assertTrue(blobs.find(), ran::out);
    return Integer.parseInt(blobs.group(1));
  }

  private Void pushAll() throws Exception {
    for (var seed = 0; seed < IMAGES; seed++) {
      push("private/base", ("nobody needs " + seed).getBytes(UTF_8));
      while (!isAccepted(seed)) {
        // What it counted on has just gone: as docker does, from the start.
        Thread.onSpinWait();
      }
    }
    return null;
  }

  private boolean isAccepted(int seed) throws Exception {
    var image = pushed(seed);
    var layer = image.blob(image.layer()).read(0, LAYER).getBytes();
    push("private/base", layer);
    var mount = "/v2/private/app/blobs/uploads/?from=private/base&mount=" + Digest.sha256(layer);
    if (send("POST", mount).statusCode() == 202) {
      push("private/app", layer);
    }
    var settings = image.blob(image.config());
    push("private/app", settings.read(0, (int) settings.size()).getBytes());
    var answer = send("PUT", "/v2/private/app/manifests/v" + seed, image.manifest().getBytes());
    assertTrue(
        answer.statusCode() == 201
            || new String(answer.body(), UTF_8).contains("MANIFEST_BLOB_UNKNOWN"),
        () -> new String(answer.body(), UTF_8));
    return answer.statusCode() == 201;
  }

  private void push(String name, byte... content) throws Exception {
    var path = "/v2/" + name + "/blobs/uploads/?digest=" + Digest.sha256(content);
    assertEquals(201, send("POST", path, content).statusCode());
  }

  private Void pullAll() throws Exception {
    for (var seed = 0; seed < IMAGES; seed++) {
      hub.repository("library/app" + seed).put("latest", pulled(seed));
      pull("library/app" + seed, "latest", pulled(seed));
    }
    return null;
  }

  private void pull(String name, String tag, Image image) throws Exception {
    assertEquals(image.digest(), content("/v2/" + name + "/manifests/" + tag));
    for (var blob : image.blobs().keySet()) {
      assertEquals(blob, content("/v2/" + name + "/blobs/" + blob));
    }
  }

  private Digest content(String path) throws Exception {
    var answer = send("GET", path);
    assertEquals(200, answer.statusCode(), () -> path + ": " + new String(answer.body(), UTF_8));
    return Digest.sha256(answer.body());
  }

  private HttpResponse<byte[]> send(String method, String path, byte... body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("Content-Type", Images.OCI_MANIFEST)
            .method(method, BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }
}
