package io.layover;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.eviction.Limits;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A mirror that may not keep everything: what goes, what stays, and what clients see of it. */
@Timeout(120)
class EvictingTest {
  private static final int SIZE = 300_000;
  private static final String BLOBS = "docker/registry/v2/blobs";
  private static final String REPOSITORIES = "docker/registry/v2/repositories/";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir Path root;
  private @Nullable Mirror running;

  private Mirror mirror(String... variables) {
    var mirror = Mirror.of(hub.url(), root, variables);
    running = mirror;
    return mirror;
  }

  @AfterEach
  void close() {
    if (running != null) {
      running.close();
    }
    http.shutdownNow();
    hub.close();
    vertx.close().await();
  }

  private Image image(String repository, int seed) {
    return image(hub, repository, Images.oci(seed, 1, SIZE));
  }

  private static Image image(HubStandIn at, String repository, Image image) {
    at.repository(repository).put("latest", image);
    return image;
  }

  /** As clients do it: the manifest by its tag, then all blobs. */
  private static void pull(Mirror mirror, String repository, Image image) throws Exception {
    var manifest = mirror.get("/v2/" + repository + "/manifests/latest");
    assertEquals(200, manifest.statusCode());
    assertEquals(image.digest(), Digest.sha256(manifest.body()));
    for (var blob : List.of(image.config(), image.layer())) {
      pullBlob(mirror, repository, blob);
    }
  }

  private static void pullBlob(Mirror mirror, String repository, Digest blob) throws Exception {
    var answer = mirror.get("/v2/" + repository + "/blobs/" + blob);
    assertEquals(200, answer.statusCode(), () -> new String(answer.body(), UTF_8));
    assertEquals(blob, Digest.sha256(answer.body()));
  }

  private static void awaitGone(Mirror mirror, Image image) throws InterruptedException {
    Mirror.await("the layer goes", () -> !mirror.holds(image.layer()));
  }

  private long stored() throws IOException {
    try (Stream<Path> files = Files.walk(root.resolve(BLOBS))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void theLeastRecentlyUsedGo() throws Exception {
    var one = image("library/one", 1);
    var two = image("library/two", 2);
    var three = image("library/three", 3);
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "700000");
    pull(mirror, "library/one", one);
    pull(mirror, "library/two", two);
    pull(mirror, "library/one", one);
    pull(mirror, "library/three", three);

    awaitGone(mirror, two);
    assertTrue(mirror.holds(one.layer()));
    assertTrue(mirror.holds(three.layer()));
    assertTrue(stored() <= 700_000, "bytes: " + stored());
    Mirror.await("nothing is left of it", () -> isEmpty(mirror, "library/two"));

    // It comes again as it came at first, and is kept in turn.
    pull(mirror, "library/two", two);
    awaitGone(mirror, one);
    assertTrue(mirror.holds(two.layer()));
    assertEquals(2, hub.count("GET", "/cdn/.*" + two.layer().hex()));
  }

  private static boolean isEmpty(Mirror mirror, String repository) {
    try {
      return mirror.files(REPOSITORIES + repository).isEmpty();
    } catch (IOException | UncheckedIOException e) {
      // Something went while this looked.
      return false;
    }
  }

  @Test
  void aBlobGoesWithTheLastImageThatHasIt() throws Exception {
    var image = image("library/one", 1);
    for (var other : List.of("library/two", "library/three")) {
      image(hub, other, image);
    }
    var mirror = mirror("REGISTRY_PROXY_TTL", "3s");
    for (var repository : List.of("library/one", "library/two", "library/three")) {
      pull(mirror, repository, image);
    }
    Mirror.await(
        "the unused images go",
        () -> {
          try {
            pull(mirror, "library/three", image);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return isEmpty(mirror, "library/one") && isEmpty(mirror, "library/two");
        });
    assertTrue(mirror.holds(image.layer()));
    assertEquals(1, hub.count("GET", "/cdn/.*" + image.layer().hex()), "it was never gone");

    awaitGone(mirror, image);
    Mirror.await("nothing is left", () -> isEmpty(mirror, "library/three"));
    Mirror.await("no name is left", () -> catalog(mirror).equals("{\"repositories\":[]}"));
  }

  private static String catalog(Mirror mirror) {
    try {
      return new String(mirror.get("/v2/_catalog").body(), UTF_8);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatIsPushedStays() throws Exception {
    var image = image("library/one", 1);
    var other = image("library/two", 2);
    var mirror = mirror("REGISTRY_PROXY_TTL", "2s");
    push(mirror, image);
    pull(mirror, "library/one", image);
    pull(mirror, "library/two", other);

    awaitGone(mirror, other);
    Mirror.await("the cached name goes", () -> isEmpty(mirror, "library/one"));
    pullBlob(mirror, "private/app", image.layer());
    mirror.restart();
    // After this start other things go, so the books are complete.
    pull(mirror, "library/two", other);
    awaitGone(mirror, other);
    pullBlob(mirror, "private/app", image.layer());
  }

  private void push(Mirror mirror, Image image) throws Exception {
    var layer = image.blob(image.layer()).read(0, SIZE).getBytes();
    var to = "http://127.0.0.1:" + mirror.port() + "/v2/private/app/blobs/uploads/?digest=";
    var request =
        HttpRequest.newBuilder(URI.create(to + image.layer()))
            .POST(BodyPublishers.ofByteArray(layer));
    assertEquals(201, http.send(request.build(), BodyHandlers.discarding()).statusCode());
  }

  @Test
  void whatIsReadStaysAsLongAsThatTakes() throws Exception {
    var size = 16 << 20;
    var large = image(hub, "library/large", Images.oci(9, 1, size));
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "17MiB");
    pull(mirror, "library/large", large);
    try (var reader = mirror.open("/v2/library/large/blobs/" + large.layer())) {
      var in = reader.getInputStream();
      assertEquals('H', in.read());
      for (var i = 0; i < 3; i++) {
        // Each is too much beside the one that is read.
        var more = image(hub, "library/more" + i, Images.oci(20 + i, 1, 2 << 20));
        pull(mirror, "library/more" + i, more);
        awaitGone(mirror, more);
        assertTrue(mirror.holds(large.layer()));
      }
      var answer = in.readAllBytes();
      var body = Arrays.copyOfRange(answer, answer.length - size, answer.length);
      assertEquals(large.layer(), Digest.sha256(body));
    }
    var last = image(hub, "library/last", Images.oci(30, 1, 2 << 20));
    Mirror.await(
        "it goes when nobody reads it",
        () -> {
          try {
            pull(mirror, "library/last", last);
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
          return !mirror.holds(large.layer());
        });
  }

  /** It is read from the file in which it came. */
  @Test
  void whatIsReadWhileItComesStaysToo() throws Exception {
    var size = 16 << 20;
    var large = image(hub, "library/large", Images.oci(9, 1, size));
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "17MiB");
    try (var reader = mirror.open("/v2/library/large/blobs/" + large.layer())) {
      var in = reader.getInputStream();
      assertEquals('H', in.read());
      Mirror.await("it is stored", () -> mirror.holds(large.layer()));
      var more = image(hub, "library/more", Images.oci(20, 1, 2 << 20));
      pull(mirror, "library/more", more);
      awaitGone(mirror, more);
      assertTrue(mirror.holds(large.layer()));
      var answer = in.readAllBytes();
      var body = Arrays.copyOfRange(answer, answer.length - size, answer.length);
      assertEquals(large.layer(), Digest.sha256(body));
    }
  }

  @Test
  void roomIsMadeBeforeABlobArrives() throws Exception {
    var one = image("library/one", 1);
    var two = image("library/two", 2);
    var three = image("library/three", 3);
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "700000");
    pull(mirror, "library/one", one);
    pull(mirror, "library/two", two);
    hub.when("GET", "^/cdn/").throttle(SIZE / 5);
    var coming = mirror.getLater("/v2/library/three/blobs/" + three.layer());

    awaitGone(mirror, one);
    assertFalse(coming.isDone());
    assertEquals(three.layer(), Digest.sha256(coming.join().body()));
    assertTrue(mirror.holds(two.layer()));
    assertTrue(mirror.holds(three.layer()));
  }

  /** Everybody gets it; nothing else has to go for it, and it does not stay. */
  @Test
  void whatDoesNotFitPassesThrough() throws Exception {
    var small = image(hub, "library/small", Images.oci(1, 1, 50_000));
    var large = image("library/large", 2);
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "100000");
    pull(mirror, "library/small", small);
    for (var round = 0; round < 3; round++) {
      var answers =
          IntStream.range(0, 5)
              .mapToObj(i -> mirror.getLater("/v2/library/large/blobs/" + large.layer()))
              .toList();
      for (var answer : answers) {
        assertEquals(200, answer.join().statusCode());
        assertEquals(large.layer(), Digest.sha256(answer.join().body()));
      }
    }
    awaitGone(mirror, large);
    assertTrue(mirror.holds(small.layer()));
  }

  @Test
  void everyUpstreamHasATimeOfItsOwn() throws Exception {
    var hubs = image("library/app", 1);
    try (var other = HubStandIn.start(vertx)) {
      var others = image(other, "org/app", Images.oci(2, 1, SIZE));
      var upstreams =
          "[{name: docker.io, remoteurl: '%s', default: true, ttl: 1h}, {name: other.io, remoteurl: '%s', ttl: 1s}]"
              .formatted(hub.url(), other.url());
      var mirror = mirror("REGISTRY_PROXY_UPSTREAMS", upstreams);
      pull(mirror, "library/app", hubs);
      pull(mirror, "other.io/org/app", others);

      awaitGone(mirror, others);
      assertTrue(mirror.holds(hubs.layer()));
    }
  }

  /** Whatever goes while it is asked for, each pull is whole and right. */
  @Test
  void pullsDoNotSeeWhatGoes() throws Exception {
    var images = IntStream.range(0, 5).mapToObj(i -> image("library/i" + i, i + 1)).toList();
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "400000");
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var pulling =
          IntStream.range(0, 4)
              .mapToObj(
                  thread ->
                      threads.submit(
                          () -> {
                            for (var round = 0; round < 25; round++) {
                              var i = (thread + round) % images.size();
                              pull(mirror, "library/i" + i, images.get(i));
                            }
                            return null;
                          }))
              .toList();
      for (var one : pulling) {
        one.get();
      }
    }
    assertTrue(hub.count("GET", "^/cdn/") > images.size(), "something went");
  }

  @Test
  void theOrderSurvivesARestart() throws Exception {
    var one = image("library/one", 1);
    var two = image("library/two", 2);
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "700000");
    pull(mirror, "library/one", one);
    pull(mirror, "library/two", two);
    pull(mirror, "library/one", one);
    mirror.restart();

    pull(mirror, "library/three", image("library/three", 3));
    awaitGone(mirror, two);
    assertTrue(mirror.holds(one.layer()));
  }

  /**
   * The times of files say what was used when, if nothing else does; another program wrote them.
   */
  @Test
  void whatAnotherProgramLeftIsFound() throws Exception {
    var one = image("library/one", 1);
    var two = image("library/two", 2);
    var mirror = mirror("REGISTRY_PROXY_MAXSIZE", "700000", "REGISTRY_PROXY_TTL", "0");
    pull(mirror, "library/one", one);
    pull(mirror, "library/two", two);
    mirror.close();
    Files.delete(root.resolve("layover/books"));
    age(root.resolve(BLOBS), Duration.ofDays(1));
    age(root.resolve(REPOSITORIES + "library/one"), Duration.ofHours(1));
    age(root.resolve(REPOSITORIES + "library/two"), Duration.ofHours(2));

    mirror("REGISTRY_PROXY_MAXSIZE", "700000", "REGISTRY_PROXY_TTL", "0");
    pull(running(), "library/three", image("library/three", 3));
    awaitGone(running(), two);
    assertTrue(running().holds(one.layer()));
  }

  private Mirror running() {
    return Objects.requireNonNull(running);
  }

  private static void age(Path below, Duration age) throws IOException {
    var time = FileTime.from(Instant.now().minus(age));
    try (Stream<Path> files = Files.walk(below)) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        Files.getFileAttributeView(file, BasicFileAttributeView.class).setTimes(time, time, null);
      }
    }
  }

  /** What cannot be fetched again does not go. */
  @Test
  void nothingGoesOffline() throws Exception {
    var one = image("library/one", 1);
    var mirror = mirror("REGISTRY_PROXY_TTL", "1s");
    pull(mirror, "library/one", one);
    mirror.close();
    age(root.resolve("docker"), Duration.ofDays(1));

    mirror("REGISTRY_PROXY_TTL", "1s", "REGISTRY_PROXY_OFFLINE", "true");
    pull(running(), "library/one", one);
    running().close();

    mirror("REGISTRY_PROXY_TTL", "1s");
    awaitGone(running(), one);
  }

  @Test
  void limitsFollowFromNames() {
    var limits =
        limits(
            """
            maxsize: 1KiB
            ttl: 1h
            hosted: ["private/**", "ghcr.io/mine/**"]
            upstreams:
              - {name: ghcr.io, remoteurl: "https://ghcr.io", ttl: 2h}
              - {name: docker.io, remoteurl: "https://registry-1.docker.io", default: true}
            """);
    assertEquals(1024, limits.maxSize());
    assertEquals(Duration.ofHours(2), ttl(limits, "ghcr.io/org/app"));
    assertEquals(Duration.ofHours(1), ttl(limits, "library/alpine"));
    assertEquals(Duration.ofHours(1), ttl(limits, "ghcr.io"));
    for (var hosted : List.of("private/app", "ghcr.io/mine/app")) {
      assertEquals(Limits.HOSTED, limits.owner().applyAsInt(new RepositoryName(hosted)), hosted);
    }
  }

  /** What an upstream left that is no more, which nobody is answered, goes at last. */
  @Test
  void whatBelongsToNoUpstreamIsKeptAsLongAsAnything() {
    var limits =
        limits(
            """
            upstreams:
              - {name: ghcr.io, remoteurl: "https://ghcr.io", ttl: 2h}
              - {name: quay.io, remoteurl: "https://quay.io", ttl: 3h}
            """);
    assertEquals(Limits.NO_SIZE, limits.maxSize());
    assertEquals(Duration.ofHours(3), ttl(limits, "library/alpine"));
  }

  @Test
  void offlineThereAreNoLimits() {
    var limits = limits("{remoteurl: 'https://a.example', offline: true, maxsize: 1, ttl: 1s}");
    assertEquals(Limits.NO_SIZE, limits.maxSize());
    assertEquals(Duration.ZERO, ttl(limits, "library/alpine"));
  }

  private static Limits limits(String proxy) {
    var variables =
        Map.of("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "data", "REGISTRY_PROXY", proxy);
    return Evicting.limits(Objects.requireNonNull(ConfigReader.read(null, variables).proxy()));
  }

  private static Duration ttl(Limits limits, String name) {
    return limits.ttls().get(limits.owner().applyAsInt(new RepositoryName(name)));
  }
}
