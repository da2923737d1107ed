package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.LayoverProcess;
import io.layover.standin.Images;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The server is killed again and again while clients push: whatever was acknowledged is there
 * afterwards, and nothing is there by half.
 */
class KillIT {
  private static final int KILLS = 10;
  private static final int CLIENTS = 4;
  private static final int LARGEST = 3 << 20;

  private final LayoverProcess server = LayoverProcess.create();
  private final Map<Digest, String> blobs = new ConcurrentHashMap<>();
  private final Map<Digest, String> manifests = new ConcurrentHashMap<>();

  /**
   * By repository and tag: what it was set to last, of which a later one may not be acknowledged.
   */
  private final Map<String, List<Digest>> tags = new ConcurrentHashMap<>();

  @Test
  void whatWasAcknowledgedSurvives() throws Exception {
    var random = new SplittableRandom();
    var first = System.nanoTime();
    server.start();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var round = 0; round < KILLS; round++) {
        var pushing =
            IntStream.range(0, CLIENTS)
                .<Future<?>>mapToObj(i -> clients.submit(new Pusher(i, random.split())))
                .toList();
        Thread.sleep(300 + random.nextInt(1700));
        server.kill();
        for (var one : pushing) {
          one.get();
        }
        server.start();
        check();
      }
    } finally {
      server.close();
    }
    var count = blobs.size() + manifests.size();
    assertTrue(count > KILLS, "only " + count + " pushes were acknowledged");
    System.out.printf(
        "%d kills in %d s: %d blobs, %d manifests and %d tags were acknowledged, none is lost%n",
        KILLS,
        (System.nanoTime() - first) / 1_000_000_000,
        blobs.size(),
        manifests.size(),
        tags.size());
  }

  /** Pushes images until the server is gone. */
  private final class Pusher implements Runnable {
    private final String name;
    private final SplittableRandom random;

    private Pusher(int number, SplittableRandom random) {
      this.name = "app" + number % 2;
      this.random = random;
    }

    @Override
    public void run() {
      try {
        for (; ; ) {
          pushImage();
        }
      } catch (IOException e) {
        // The server was killed, as it should be.
        return;
      }
    }

    private void pushImage() throws IOException {
      var config = pushBlob("{}".getBytes(StandardCharsets.UTF_8));
      var content = new byte[random.nextInt(10) == 0 ? LARGEST : 1 + random.nextInt(50_000)];
      random.nextBytes(content);
      var layer = pushBlob(content);
      var body = Images.manifest(config, 2, layer, content.length);
      var digest = Digest.sha256(body);
      var tag = "t" + random.nextInt(20);
      // Whether an answer that never came was a yes is not known: either may be true.
      var states = tags.computeIfAbsent(name + ":" + tag, key -> new ArrayList<>());
      synchronized (states) {
        states.add(digest);
        var path = "/v2/" + name + "/manifests/" + tag;
        expect(201, Http.trySend("PUT", server.url() + path, body));
        manifests.put(digest, name);
        states.retainAll(List.of(digest));
      }
    }

    private Digest pushBlob(byte[] content) throws IOException {
      var digest = Digest.sha256(content);
      var begun =
          Http.trySend("POST", server.url() + "/v2/" + name + "/blobs/uploads/", new byte[0]);
      var location = expect(202, begun);
      if (random.nextBoolean()) {
        location = expect(202, Http.trySend("PATCH", server.url() + location, content));
        content = new byte[0];
      }
      expect(201, Http.trySend("PUT", server.url() + location + "?digest=" + digest, content));
      blobs.put(digest, name);
      return digest;
    }

    private static String expect(int status, HttpResponse<byte[]> answer) {
      assertEquals(
          status, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
      return answer.headers().firstValue("Location").orElseThrow();
    }
  }

  private void check() throws IOException {
    blobs.forEach((digest, name) -> assertThere(name + "/blobs/" + digest, List.of(digest)));
    manifests.forEach(
        (digest, name) -> assertThere(name + "/manifests/" + digest, List.of(digest)));
    tags.forEach(
        (key, digests) -> {
          var acknowledged = digests.stream().anyMatch(manifests::containsKey);
          var path = key.replace(":", "/manifests/");
          if (acknowledged
              || Http.send("HEAD", server.url() + "/v2/" + path, null).statusCode() == 200) {
            assertThere(path, digests);
          }
        });
    for (var name : List.of("app0", "app1")) {
      var answer = Http.send("GET", server.url() + "/v2/" + name + "/tags/list?n=1000", null);
      if (answer.statusCode() == 200) {
        new JsonObject(new String(answer.body(), StandardCharsets.UTF_8))
            .getJsonArray("tags")
            .forEach(
                tag -> {
                  var known = tags.get(name + ":" + tag);
                  assertThere(name + "/manifests/" + tag, known == null ? List.of() : known);
                });
      }
    }
    nothingIsThereByHalf();
  }

  private void assertThere(String path, List<Digest> oneOf) {
    var answer = Http.send("GET", server.url() + "/v2/" + path, null);
    assertEquals(200, answer.statusCode(), path);
    assertTrue(oneOf.contains(Digest.sha256(answer.body())), path + " is none of " + oneOf);
  }

  private void nothingIsThereByHalf() throws IOException {
    var v2 = server.storage().resolve("docker/registry/v2");
    try (Stream<Path> files = Files.walk(v2.resolve("blobs"))) {
      for (var file : files.filter(Files::isRegularFile).toList()) {
        var name = file.getName(file.getNameCount() - 2).toString();
        assertTrue(file.endsWith("data"), file::toString);
        assertEquals(name, Digest.sha256(Files.readAllBytes(file)).hex(), file::toString);
      }
    }
    try (Stream<Path> files = Files.walk(v2.resolve("repositories"))) {
      for (var link : files.filter(file -> file.endsWith("link")).toList()) {
        Digest.parse(Files.readString(link));
      }
    }
  }
}
