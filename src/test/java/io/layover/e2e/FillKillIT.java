package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.parts.LayoverProcess;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A mirror is killed in the middle of a download: the next one goes on where that was. */
class FillKillIT {
  private static final int SIZE = 8 << 20;
  private static final int STEP = 2 << 20;
  private static final int KILLS = 3;
  private static final int CLIENTS = 3;
  private static final String CDN = "^/cdn/";
  private static final Image IMAGE = Images.oci(4711, 1, SIZE);

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final LayoverProcess mirror = LayoverProcess.mirror(hub.url());
  private final Path part =
      mirror.storage().resolve("layover/fills/sha256/" + IMAGE.layer().hex() + ".part");

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    mirror.start();
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private HttpResponse<byte[]> get(String path) throws IOException {
    return Http.trySend("GET", mirror.url() + "/v2/library/app/" + path, null);
  }

  private void pull() throws IOException {
    assertEquals(IMAGE.digest(), Digest.sha256(get("manifests/latest").body()));
    var layer = get("blobs/" + IMAGE.layer());
    assertEquals(200, layer.statusCode());
    assertEquals(IMAGE.layer(), Digest.sha256(layer.body()));
  }

  /** Kills the mirror once {@code size} bytes are in its file, while clients read them. */
  private void killAt(long size) throws Exception {
    assertEquals(200, get("manifests/latest").statusCode());
    hub.log().clear();
    hub.when("GET", CDN).stallAfter(STEP).times(1);
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var reading = new ArrayList<Future<?>>();
      Callable<?> read = () -> get("blobs/" + IMAGE.layer());
      for (var i = 0; i < CLIENTS; i++) {
        reading.add(clients.submit(read));
      }
      Mirror.await(size + " bytes are there", () -> partSize() == size);
      mirror.kill();
      for (var one : reading) {
        var broken = assertThrows(ExecutionException.class, one::get);
        assertTrue(broken.getCause() instanceof IOException, broken::toString);
      }
    }
    assertEquals(1, hub.count("GET", CDN));
    mirror.start();
    hub.behave();
    hub.log().clear();
  }

  private long partSize() {
    try {
      return Files.exists(part) ? Files.size(part) : 0;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void onlyTheRestIsAskedFor() throws Exception {
    for (var kill = 1; kill <= KILLS; kill++) {
      // From the second one on, it asks from where the one before was.
      killAt((long) kill * STEP);
    }
    pull();
    var request = hub.log().only("GET", CDN);
    assertEquals("bytes=" + KILLS * STEP + "-", request.range());
    assertEquals(206, request.status());
    assertEquals(SIZE - KILLS * STEP, request.bytesSent());
    assertFalse(Files.exists(part), "it is in the store");

    hub.close();
    pull();
  }

  @Test
  void withoutRangesItBeginsAnew() throws Exception {
    hub.ranges(false);
    killAt(STEP);
    pull();
    assertEquals(SIZE, hub.log().only("GET", CDN).bytesSent());
    assertFalse(Files.exists(part), "it is in the store");
  }
}
