package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.parts.LayoverProcess;
import io.layover.parts.Tools;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A mirror that may not keep everything is killed again and again while it pulls and evicts: what
 * its books say afterwards is what is stored, also where they were lost or spoilt meanwhile.
 */
class BooksKillIT {
  private static final int IMAGES = 12;
  private static final int LAYER = 200_000;
  private static final int CLIENTS = 3;
  private static final byte[] PUSHED = new byte[LAYER];

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final String debug = "127.0.0.1:" + Tools.freePort();
  private final LayoverProcess server =
      LayoverProcess.create()
          .env("REGISTRY_HTTP_DEBUG_ADDR", debug)
          .env("REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true");
  private final List<Image> images =
      IntStream.range(0, IMAGES).mapToObj(i -> Images.oci(900 + i, 1, LAYER)).toList();

  @BeforeEach
  void put() {
    for (var i = 0; i < IMAGES; i++) {
      hub.repository(name(i)).put("latest", images.get(i));
    }
  }

  @AfterEach
  void close() {
    server.close();
    hub.close();
    vertx.close().await();
  }

  private void start(int maxSize) throws InterruptedException {
    server.config(
        """
        proxy:
          remoteurl: "%s"
          hosted: ["private/**"]
          maxsize: %d
        """
            .formatted(hub.url(), maxSize));
    server.start();
    // That address is listened on after the one of the registry.
    Mirror.await("its figures can be had", this::isWatched);
  }

  private boolean isWatched() {
    try {
      return Http.send("GET", "http://" + debug + "/metrics", null).statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  private static String name(int number) {
    return "library/i" + number;
  }

  private Path books() {
    return server.storage().resolve("layover/books");
  }

  private void pull(int number) throws IOException {
    var image = images.get(number);
    var path = server.url() + "/v2/" + name(number);
    var manifest = Http.trySend("GET", path + "/manifests/latest", null);
    assertEquals(image.digest(), Digest.sha256(manifest.body()));
    for (var blob : List.of(image.config(), image.layer())) {
      var answer = Http.trySend("GET", path + "/blobs/" + blob, null);
      assertEquals(blob, Digest.sha256(answer.body()));
    }
  }

  private void pullUntilKilled(SplittableRandom random) {
    try {
      for (; ; ) {
        pull(random.nextInt(IMAGES));
      }
    } catch (IOException e) {
      // The server was killed, as it should be.
      return;
    }
  }

  private void runAndKill(SplittableRandom random) throws Exception {
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var pulling =
          IntStream.range(0, CLIENTS)
              .<Future<?>>mapToObj(
                  i -> {
                    var own = random.split();
                    return clients.submit(() -> pullUntilKilled(own));
                  })
              .toList();
      Thread.sleep(300 + random.nextInt(1500));
      server.kill();
      for (var one : pulling) {
        one.get();
      }
    }
  }

  @Test
  void theBooksSayWhatIsStored() throws Exception {
    var maxSize = 5 * LAYER;
    var random = new SplittableRandom();
    start(maxSize);
    push();
    // They are written for the first time after a second, and the first run may be shorter.
    Mirror.await("they are on the disk", () -> Files.exists(books()));
    for (var how : List.of("kept", "kept", "lost", "cut off", "garbled", "kept")) {
      runAndKill(random);
      spoil(how, random);
      start(maxSize);
      assertTheyAddUp(how, maxSize);
    }
    assertTrue(hub.count("GET", "^/cdn/") > IMAGES, "something was evicted and fetched again");
  }

  private void spoil(String how, SplittableRandom random) throws IOException {
    switch (how) {
      case "lost" -> Files.deleteIfExists(books());
      case "cut off" -> {
        var bytes = Files.readAllBytes(books());
        Files.write(books(), Arrays.copyOf(bytes, random.nextInt(bytes.length)));
      }
      case "garbled" -> {
        var bytes = Files.readAllBytes(books());
        bytes[random.nextInt(bytes.length)] ^= 1;
        Files.write(books(), bytes);
      }
      default -> assertTrue(Files.exists(books()), how);
    }
  }

  private void assertTheyAddUp(String how, int maxSize) throws Exception {
    Mirror.await("complete, " + how, () -> figure("layover_cache_books_complete") == 1);
    Mirror.await("within bounds, " + how, () -> stored("cached") <= maxSize);
    Mirror.await(
        "the same as on the disk, " + how,
        () -> stored("cached") + stored("hosted") + stored("unlinked") == onDisk());
    assertEquals(PUSHED.length, stored("hosted"), how);
    var blob = server.url() + "/v2/private/app/blobs/" + Digest.sha256(PUSHED);
    assertArrayEquals(PUSHED, Http.send("GET", blob, null).body());
    Mirror.await("on the disk, " + how, () -> Files.exists(books()));
  }

  private void push() {
    var to = server.url() + "/v2/private/app/blobs/uploads/?digest=" + Digest.sha256(PUSHED);
    assertEquals(201, Http.send("POST", to, PUSHED).statusCode());
  }

  private double stored(String kind) {
    return figure("layover_stored_bytes{kind=\"" + kind + "\"}");
  }

  private double figure(String name) {
    var all = Http.send("GET", "http://" + debug + "/metrics", null);
    var line = Pattern.compile("(?m)^" + Pattern.quote(name) + " (\\S+)$");
    var found = line.matcher(new String(all.body(), StandardCharsets.UTF_8));
    assertTrue(found.find(), name);
    return Double.parseDouble(found.group(1));
  }

  private double onDisk() {
    try (Stream<Path> files = Files.walk(server.storage().resolve("docker/registry/v2/blobs"))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException | UncheckedIOException e) {
      // Something went while this looked.
      return -1;
    }
  }

  /** What was used at least a second before the end is still known to have been. */
  @Test
  void theOrderOfUseSurvives() throws Exception {
    var maxSize = 2 * LAYER + LAYER / 2;
    start(maxSize);
    pull(0);
    pull(1);
    // The second change was begun after the first was there, so what came before is in it.
    for (var change = 0; change < 2; change++) {
      var before = Files.exists(books()) ? Files.getLastModifiedTime(books()) : null;
      pull(0);
      Mirror.await(
          "the use is written down",
          () -> {
            try {
              return Files.exists(books()) && !Files.getLastModifiedTime(books()).equals(before);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    }
    server.kill();
    start(maxSize);

    pull(2);
    Mirror.await("the one that was not used goes", () -> !holds(1));
    assertTrue(holds(0) && holds(2));
  }

  private boolean holds(int number) {
    var hex = images.get(number).layer().hex();
    var blobs = server.storage().resolve("docker/registry/v2/blobs/sha256");
    return Files.exists(blobs.resolve(hex.substring(0, 2)).resolve(hex).resolve("data"));
  }
}
