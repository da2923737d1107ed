package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.LayoverProcess;
import io.layover.parts.S3Server;
import io.layover.parts.S3Way;
import io.layover.standin.HubStandIn;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three Layovers share a bucket, and clients ask any of them. */
class ReplicasIT {
  private static final int REPLICAS = 3;
  private static final int READERS = 60;
  private static final int KILLS = 4;
  private static final int LARGE = 12 << 20;
  private static final int PIECE = 1 << 16;
  private static final String BLOBS = "docker/registry/v2/blobs/";

  private final S3Server s3 = S3Server.shared();
  private final String bucket = s3.newBucket();
  private final List<LayoverProcess> replicas = new ArrayList<>();
  private final AtomicInteger cameAgain = new AtomicInteger();
  private final Map<Digest, String> blobs = new ConcurrentHashMap<>();
  private final Map<Digest, String> manifests = new ConcurrentHashMap<>();

  private void start(String more) {
    UnderTest.isLayover();
    for (var i = 0; i < REPLICAS; i++) {
      replicas.add(replica().config(more).start());
    }
  }

  private LayoverProcess replica() {
    return LayoverProcess.create()
        .bucket(s3, bucket)
        .env("REGISTRY_HTTP_SECRET", "the same for all")
        .env("REGISTRY_STORAGE_S3_TAGTTL", "0s");
  }

  @AfterEach
  void stop() {
    replicas.forEach(LayoverProcess::close);
  }

  @Test
  void anUncachedBlobIsFetchedOnceByEach() throws Exception {
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx);
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var image = Images.oci(1, 1, 20 << 20);
      hub.repository("library/app").put("1", image);
      start("proxy: {remoteurl: \"" + hub.url() + "\"}\n");
      var path = "/v2/library/app/blobs/" + image.layer();
      replicas.forEach(one -> Http.send("GET", one.url() + "/v2/library/app/manifests/1", null));

      var running =
          IntStream.range(0, READERS)
              .mapToObj(i -> clients.submit(() -> digest(replicas.get(i % REPLICAS).url() + path)))
              .toList();
      for (var one : running) {
        assertEquals(image.layer(), one.get());
      }
      var fetched = hub.count("GET", "blobs/" + image.layer());
      assertTrue(fetched <= REPLICAS, () -> "fetched " + fetched + " times");
      assertEquals(List.of(), s3.openParts(bucket));
    } finally {
      vertx.close().await();
    }
  }

  /** Of what is read piece by piece, as sixty of them do not fit into memory. */
  private static Digest digest(String url) throws IOException {
    var hasher = Digest.hasher("sha256");
    try (var body = URI.create(url).toURL().openStream()) {
      for (var piece = body.readNBytes(PIECE); piece.length > 0; piece = body.readNBytes(PIECE)) {
        hasher.update(piece);
      }
    }
    return Digest.of("sha256", hasher.digest());
  }

  @Test
  void whatWasAcknowledgedSurvivesTheDeathOfAReplica() throws Exception {
    start("");
    var random = new SplittableRandom();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<Future<?>>();
      var ending = new AtomicBoolean();
      for (var i = 0; i < 4; i++) {
        var name = "app" + i % 2;
        var mine = random.split();
        running.add(clients.submit(() -> new Pusher(name, mine).run(ending)));
      }
      for (var round = 0; round < KILLS; round++) {
        Thread.sleep(1000 + random.nextInt(1000));
        var victim = replicas.get(random.nextInt(REPLICAS));
        victim.kill();
        var known = Map.copyOf(blobs);
        known.forEach((digest, name) -> assertThere(name + "/blobs/", digest, random));
        victim.start();
      }
      ending.set(true);
      for (var one : running) {
        one.get();
      }
    }
    assertTrue(manifests.size() >= KILLS, () -> "only " + manifests.size() + " images");
    for (var one : replicas) {
      blobs.forEach((digest, name) -> assertThere(one, name + "/blobs/" + digest, digest));
      manifests.forEach((digest, name) -> assertThere(one, name + "/manifests/" + digest, digest));
    }
    nothingIsThereByHalf();
    System.out.printf(
        "%d kills, %d pushes begun again: of %d blobs and %d manifests none is lost%n",
        KILLS, cameAgain.get(), blobs.size(), manifests.size());
  }

  @Test
  void aCopyWhoseReplicaDiedIsMadeByAnother() throws Exception {
    UnderTest.isLayover();
    try (var way = S3Way.to(s3);
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var i = 0; i < 2; i++) {
        replicas.add(
            replica()
                .env("REGISTRY_STORAGE_S3_REGIONENDPOINT", way.url().toString())
                .env("REGISTRY_STORAGE_S3_MULTIPARTCOPYTHRESHOLDSIZE", "5242880")
                .env("REGISTRY_STORAGE_S3_MULTIPARTCOPYCHUNKSIZE", "5242880")
                .env("REGISTRY_STORAGE_S3_MULTIPARTCOPYMAXCONCURRENCY", "1")
                .start());
      }
      var victim = replicas.getFirst();
      var other = replicas.getLast();
      var content = new byte[2 * LARGE];
      new SplittableRandom(1).nextBytes(content);
      var digest = Digest.sha256(content);
      var path = expect(other, 202, "POST", "/v2/app/blobs/uploads/", new byte[0]);
      path = expect(victim, 202, "PATCH", path, content) + "&digest=" + digest;

      var copied = "^PUT .*/blobs/sha256/.*partNumber=";
      way.trouble(Integer.MAX_VALUE, copied, S3Way.Fault.LATE);
      var ending = victim.url() + path;
      var cut = clients.submit(() -> Http.trySend("PUT", ending, new byte[0]));
      while (way.count(copied) < 2 && !cut.isDone()) {
        Thread.sleep(5);
      }
      victim.kill();
      assertInstanceOf(
          IOException.class, assertThrows(ExecutionException.class, cut::get).getCause());
      way.behave();
      var blob = "/v2/app/blobs/" + digest;
      assertEquals(404, Http.send("GET", other.url() + blob, null).statusCode());

      expect(other, 201, "PUT", path, new byte[0]);
      assertThere(other, blob.substring("/v2/".length()), digest);
      nothingIsThereByHalf();
    }
  }

  /** As a client that asks again where a replica does not answer. */
  private void assertThere(String before, Digest digest, SplittableRandom random) {
    for (var attempt = 0; ; attempt++) {
      try {
        var one = replicas.get(random.nextInt(REPLICAS));
        var answer = Http.trySend("GET", one.url() + "/v2/" + before + digest, null);
        assertEquals(200, answer.statusCode());
        assertEquals(digest, Digest.sha256(answer.body()));
        return;
      } catch (IOException e) {
        assertTrue(attempt < 50, () -> digest + " cannot be had: " + e);
      }
    }
  }

  private static void assertThere(LayoverProcess at, String path, Digest digest) {
    var answer = Http.send("GET", at.url() + "/v2/" + path, null);
    assertEquals(200, answer.statusCode(), path);
    assertEquals(digest, Digest.sha256(answer.body()), path);
  }

  private void nothingIsThereByHalf() {
    s3.keys(bucket).stream()
        .filter(key -> key.startsWith(BLOBS))
        .forEach(
            key -> {
              var hex = Stream.of(key.split("/", -1)).skip(6).findFirst().orElseThrow();
              assertEquals(hex, Digest.sha256(s3.bytes(bucket, key)).hex(), key);
            });
  }

  /** What the answer's location is, below the server. */
  private static String expect(
      LayoverProcess at, int status, String method, String path, byte[] body) throws IOException {
    HttpResponse<byte[]> answer = Http.trySend(method, at.url() + path, body);
    assertEquals(
        status,
        answer.statusCode(),
        () -> method + " " + path + ": " + new String(answer.body(), StandardCharsets.UTF_8));
    var location = URI.create(answer.headers().firstValue("Location").orElseThrow());
    return location.getRawPath()
        + (location.getRawQuery() == null ? "" : "?" + location.getRawQuery());
  }

  /** Pushes images, each request to another replica, and begins again where one is gone. */
  private final class Pusher {
    private final String name;
    private final SplittableRandom random;

    private Pusher(String name, SplittableRandom random) {
      this.name = name;
      this.random = random;
    }

    private void run(AtomicBoolean ending) {
      while (!ending.get()) {
        try {
          pushImage();
        } catch (IOException e) {
          // The replica was killed, as it should be; the client comes again.
          cameAgain.incrementAndGet();
        }
      }
    }

    private void pushImage() throws IOException {
      var config = push("{}".getBytes(StandardCharsets.UTF_8));
      var content = new byte[random.nextInt(5) == 0 ? LARGE : 1 + random.nextInt(50_000)];
      random.nextBytes(content);
      var layer = push(content);
      var body = Images.manifest(config, 2, layer, content.length);
      expect(201, "PUT", "/v2/" + name + "/manifests/t" + random.nextInt(9), body);
      manifests.put(Digest.sha256(body), name);
    }

    private Digest push(byte[] content) throws IOException {
      var digest = Digest.sha256(content);
      var path = expect(202, "POST", "/v2/" + name + "/blobs/uploads/", new byte[0]);
      path = expect(202, "PATCH", path, content);
      expect(201, "PUT", path + "&digest=" + digest, new byte[0]);
      blobs.put(digest, name);
      return digest;
    }

    private String expect(int status, String method, String path, byte[] body) throws IOException {
      return ReplicasIT.expect(replicas.get(random.nextInt(REPLICAS)), status, method, path, body);
    }
  }
}
