package io.layover.http;

import static io.layover.http.Answer.with;
import static io.layover.http.ApiServer.await;
import static io.layover.http.Documents.image;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients that write at the same time: what comes of it is what some order would have led to. */
class RacesTest {
  private static final String APP = "/v2/app/manifests/";

  @TempDir private Path root;
  private ApiServer server;

  @BeforeEach
  void start() {
    server = ApiServer.over(root);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private List<Answer> together(List<Future<Answer>> requests) {
    return requests.stream().map(ApiServer::await).toList();
  }

  private List<String> tags() {
    return server.get("/v2/app/tags/list").strings("tags");
  }

  @RepeatedTest(5)
  void oneBlobIsPushedByMany() {
    var content = "x".repeat(300_000);
    var digest = Digest.sha256(content);
    var requests = new ArrayList<Future<Answer>>();
    for (var i = 0; i < 8; i++) {
      var path = server.post("/v2/app" + i % 2 + "/blobs/uploads/").location();
      requests.add(server.send("PUT", with(path, "digest=" + digest), Buffer.buffer(content)));
    }
    together(requests).forEach(answer -> answer.expect(201));
    for (var name : List.of("app0", "app1")) {
      var blob = server.get("/v2/" + name + "/blobs/" + digest).expect(200);
      assertEquals(digest, Digest.sha256(blob.body().getBytes()));
    }
  }

  @Test
  void oneUploadIsWrittenByOneClientAtATime() {
    for (var round = 0; round < 10; round++) {
      var location = server.post("/v2/app/blobs/uploads/").location();
      var requests = new ArrayList<Future<Answer>>();
      for (var i = 0; i < 6; i++) {
        requests.add(server.send("PATCH", location, Buffer.buffer("abc"), "Content-Range", "0-2"));
      }
      var statuses = together(requests).stream().map(Answer::status).toList();
      assertEquals(
          1, statuses.stream().filter(status -> status == 202).count(), statuses::toString);
      assertEquals(5, statuses.stream().filter(status -> status == 416).count());
      server.put(with(location, "digest=" + Digest.sha256("abc")), "").expect(201);
    }
  }

  /** Either the push comes last and all of it is there, or the deletion does and nothing is. */
  @Test
  void aPushMeetsTheDeletionOfItsManifest() {
    var json = server.get(APP + server.pushImage("app", "base", "layer")).body();
    var digest = Digest.sha256(json.getBytes());
    for (var round = 0; round < 40; round++) {
      var both =
          together(
              List.of(
                  server.send("PUT", APP + "t", json),
                  server.send("DELETE", APP + digest, null),
                  server.send("PUT", APP + digest + "?tag=u", json)));
      both.getFirst().expect(201);
      both.getLast().expect(201);
      assertTrue(Set.of(202, 404).contains(both.get(1).status()));
      var listed = new TreeSet<String>(tags());
      for (var tag : List.of("t", "u", "base")) {
        var answer = server.get(APP + tag);
        if (listed.contains(tag)) {
          assertEquals(digest, Digest.sha256(answer.expect(200).body().getBytes()));
        } else {
          answer.expect(404, "MANIFEST_UNKNOWN");
        }
      }
      if (!listed.isEmpty()) {
        server.get(APP + digest).expect(200);
      }
    }
  }

  @Test
  void aPushMeetsTheDeletionOfItsBlob() {
    var layer = Digest.sha256("layer");
    var config = server.pushBlob("app", "{}");
    for (var round = 0; round < 25; round++) {
      server.pushBlob("app", "layer");
      var json = Buffer.buffer(image(config, 2, layer, 5) + " ".repeat(round));
      var both =
          together(
              List.of(
                  server.send("PUT", APP + "t" + round, json),
                  server.send("DELETE", "/v2/app/blobs/" + layer, null)));
      both.getLast().expect(202);
      server.get("/v2/app/blobs/" + layer).expect(404, "BLOB_UNKNOWN");
      if (both.getFirst().status() == 201) {
        server.get(APP + "t" + round).expect(200);
      } else {
        both.getFirst().expect(400, "MANIFEST_BLOB_UNKNOWN");
        server.get(APP + "t" + round).expect(404, "MANIFEST_UNKNOWN");
      }
    }
  }

  /** Whoever pushed a blob while another deleted it sees it, or sees that it is gone. */
  @Test
  void aBlobIsPushedAndDeleted() {
    var digest = server.pushBlob("app", "layer");
    for (var round = 0; round < 25; round++) {
      var location = server.post("/v2/app/blobs/uploads/").location();
      var both =
          together(
              List.of(
                  server.send("PUT", with(location, "digest=" + digest), Buffer.buffer("layer")),
                  server.send("DELETE", "/v2/app/blobs/" + digest, null)));
      both.getFirst().expect(201);
      var get = server.get("/v2/app/blobs/" + digest);
      if (both.getLast().status() == 404) {
        get.expect(200);
      }
      assertEquals(get.status(), server.head("/v2/app/blobs/" + digest).status());
    }
  }

  @Test
  void aTagIsMovedByTwoWhileOthersRead() throws Exception {
    var images = new ArrayList<Buffer>();
    for (var i = 0; i < 2; i++) {
      images.add(server.get(APP + server.pushImage("app", "image" + i, "layer" + i)).body());
    }
    var known = images.stream().map(image -> Digest.sha256(image.getBytes()).toString()).toList();
    server.request("PUT", APP + "moved", images.getFirst()).expect(201);
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<java.util.concurrent.Future<?>>();
      for (var i = 0; i < 2; i++) {
        var image = images.get(i);
        running.add(
            clients.submit(
                () -> {
                  for (var round = 0; round < 30; round++) {
                    server.request("PUT", APP + "moved", image).expect(201);
                  }
                }));
      }
      for (var i = 0; i < 2; i++) {
        running.add(
            clients.submit(
                () -> {
                  for (var round = 0; round < 100; round++) {
                    var answer = server.get(APP + "moved").expect(200);
                    var digest = answer.header("Docker-Content-Digest");
                    assertTrue(known.contains(digest));
                    assertEquals(digest, Digest.sha256(answer.body().getBytes()).toString());
                  }
                }));
      }
      for (var one : running) {
        one.get(60, TimeUnit.SECONDS);
      }
    }
    var last = server.get(APP + "moved").header("Docker-Content-Digest");
    server.close();
    server = ApiServer.over(root);
    assertEquals(last, server.get(APP + "moved").header("Docker-Content-Digest"));
  }

  /** The tag always points at something, and whoever reads it is never told otherwise. */
  @Test
  void whatATagPointedAtBeforeIsDeleted() throws Exception {
    var config = server.pushBlob("app", "{}");
    var layer = server.pushBlob("app", "layer");
    var json = image(config, 2, layer, 5);
    server.pushManifest("app", "moved", json).expect(201);
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var writer =
          clients.submit(
              () -> {
                for (var round = 1; round <= 40; round++) {
                  var before = Digest.sha256(json + " ".repeat(round - 1));
                  server.pushManifest("app", "moved", json + " ".repeat(round)).expect(201);
                  server.delete(APP + before).expect(202);
                }
              });
      while (!writer.isDone()) {
        server.get(APP + "moved").expect(200);
      }
      writer.get(60, TimeUnit.SECONDS);
    }
    assertEquals(List.of("moved"), tags());
  }

  /** An image, and how often its deletion had been begun when a tag was set to it. */
  private record SetTag(int image, int deletions) {}

  /**
   * Many clients, each with tags of its own, do whatever they like with images that all share. A
   * tag that its owner has set is there, unless a deletion of the image was begun since.
   */
  @Test
  void manyClientsDoWhatTheyLike() throws Exception {
    var images = new ArrayList<Buffer>();
    for (var i = 0; i < 5; i++) {
      images.add(server.get(APP + server.pushImage("app", "seed", "layer" + i)).body());
    }
    server.delete(APP + "seed").expect(202);
    var deletions = new AtomicIntegerArray(images.size());
    var states = new ConcurrentHashMap<String, SetTag>();
    try (var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var running = new ArrayList<java.util.concurrent.Future<?>>();
      for (var i = 0; i < 6; i++) {
        var owner = "c" + i;
        var random = new SplittableRandom(i);
        running.add(clients.submit(() -> states.putAll(act(owner, random, images, deletions))));
      }
      for (var one : running) {
        one.get(100, TimeUnit.SECONDS);
      }
    }
    check(states, images, deletions);
    server.close();
    server = ApiServer.over(root);
    check(states, images, deletions);
  }

  private Map<String, SetTag> act(
      String owner, SplittableRandom random, List<Buffer> images, AtomicIntegerArray deletions) {
    var mine = new HashMap<String, SetTag>();
    for (var step = 0; step < 40; step++) {
      var image = random.nextInt(images.size());
      var tag = owner + "-" + random.nextInt(3);
      switch (random.nextInt(8)) {
        case 0 -> {
          deletions.incrementAndGet(image);
          var status = server.delete(APP + digest(images.get(image))).status();
          assertTrue(status == 202 || status == 404);
        }
        case 1 -> {
          var had = mine.remove(tag);
          var status = server.delete(APP + tag).status();
          assertTrue(status == 202 ? had != null : mayBeGone(had, deletions), tag + status);
        }
        case 2, 3 -> assertTag(tag, mine.get(tag), images, deletions);
        default -> {
          var before = deletions.get(image);
          server.request("PUT", APP + tag, images.get(image)).expect(201);
          mine.put(tag, new SetTag(image, before));
        }
      }
    }
    return mine;
  }

  private void assertTag(
      String tag, @Nullable SetTag expected, List<Buffer> images, AtomicIntegerArray deletions) {
    var answer = server.get(APP + tag);
    if (answer.status() == 200) {
      assertEquals(expected == null ? "never set" : images.get(expected.image), answer.body(), tag);
    } else {
      answer.expect(404, "MANIFEST_UNKNOWN");
      assertTrue(mayBeGone(expected, deletions), tag + " is lost");
    }
  }

  private static boolean mayBeGone(@Nullable SetTag expected, AtomicIntegerArray deletions) {
    return expected == null || deletions.get(expected.image) > expected.deletions;
  }

  private static Digest digest(Buffer image) {
    return Digest.sha256(image.getBytes());
  }

  private void check(
      Map<String, SetTag> states, List<Buffer> images, AtomicIntegerArray deletions) {
    var listed = new TreeSet<>(tags());
    states.forEach(
        (tag, expected) -> {
          assertTag(tag, expected, images, deletions);
          var there = server.get(APP + tag).status() == 200;
          assertEquals(listed.remove(tag), there, tag);
          if (there) {
            server.get(APP + digest(images.get(expected.image))).expect(200);
          }
        });
    assertEquals(Set.of(), listed, "tags that nobody has set");
  }

  @Test
  void referrersAreAddedAndDeletedTogether() {
    var subject = server.pushImage("app", "1", "layer");
    var requests = new ArrayList<Future<Answer>>();
    var kept = new TreeSet<String>();
    for (var i = 0; i < 20; i++) {
      var json = Documents.artifact("application/x", subject, "number " + i).encode();
      var digest = Digest.sha256(json);
      requests.add(server.send("PUT", APP + digest, Buffer.buffer(json)));
      if (i % 2 == 0) {
        requests.add(server.send("GET", "/v2/app/referrers/" + subject, null));
        kept.add(digest.toString());
      } else {
        await(requests.getLast()).expect(201);
        requests.add(server.send("DELETE", APP + digest, null));
      }
    }
    together(requests).forEach(answer -> assertTrue(answer.status() < 300));
    var found = new TreeSet<String>();
    server
        .get("/v2/app/referrers/" + subject)
        .json()
        .getJsonArray("manifests")
        .forEach(one -> found.add(((io.vertx.core.json.JsonObject) one).getString("digest")));
    assertEquals(kept, found);
  }
}
