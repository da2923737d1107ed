package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.Command;
import io.layover.parts.GoClients;
import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Registry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.Tools;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Distribution and Layover take turns over one directory, and neither misses what the other did.
 */
@RealParts({"docker-registry", "skopeo", "umoci", "buildah", "busybox"})
class SwapIT {
  private static final String UPLOADS = "/v2/app/blobs/uploads/";

  private Path root;
  private Registry running;

  @BeforeEach
  void start() {
    UnderTest.isLayover();
    root = Tools.freshFolder("shared");
    running = distribution().start();
  }

  @AfterEach
  void stop() {
    running.close();
  }

  private RealRegistry distribution() {
    return RealRegistry.plain().storage(root);
  }

  private LayoverProcess layover() {
    return LayoverProcess.create()
        .env("REGISTRY_HTTP_SECRET", "test")
        .env("REGISTRY_STORAGE_DELETE_ENABLED", "true")
        .storage(root);
  }

  /** Lets the other program serve the directory from now on. */
  private void swap() {
    var other = running instanceof LayoverProcess ? distribution() : layover();
    running.stop();
    running = other.start();
  }

  private String image(String reference) {
    return running.address() + "/" + reference;
  }

  private void assertThere(String reference, Digest digest) {
    assertEquals(digest, Skopeo.digest(image(reference)), reference);
    Client.SKOPEO.pull(image(reference), digest);
  }

  private int status(String method, String path) {
    return Http.send(method, running.url() + path, new byte[0]).statusCode();
  }

  private List<String> strings(String path, String key) {
    var body = Http.send("GET", running.url() + path, null).body();
    return new JsonObject(new String(body, StandardCharsets.UTF_8))
        .getJsonArray(key).stream()
            .map(String.class::cast)
            .sorted() // distribution 2 does not
            .toList();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everythingIsSeenByTheOther(boolean distributionFirst) {
    if (!distributionFirst) {
      swap();
    }
    var multi = Skopeo.digestOf(TestImages.multi());
    var docker = Skopeo.digestOf(TestImages.tinyDocker());
    Skopeo.push(TestImages.multi(), image("app/multi:1")).orFail();
    Skopeo.push(TestImages.tinyDocker(), image("docker:1")).orFail();
    swap();
    assertEquals(List.of("app/multi", "docker"), strings("/v2/_catalog", "repositories"));
    assertThere("app/multi:1", multi);
    assertThere("docker:1", docker);
    // A tag more, a tag moved, an image more.
    Skopeo.push(TestImages.multi(), image("app/multi:2")).orFail();
    Skopeo.push(TestImages.many(), image("docker:1")).orFail();
    Skopeo.push(TestImages.tinyOci(), image("docker:2")).orFail();
    swap();
    assertEquals(List.of("1", "2"), strings("/v2/app/multi/tags/list", "tags"));
    assertThere("app/multi:2", multi);
    assertThere("docker:1", Skopeo.digestOf(TestImages.many()));
    assertThere("docker@" + docker, docker);
    // Deleted here, gone there, and the other way round.
    assertEquals(202, status("DELETE", "/v2/app/multi/manifests/" + multi));
    swap();
    assertEquals(404, status("HEAD", "/v2/app/multi/manifests/" + multi));
    assertEquals(404, status("HEAD", "/v2/app/multi/manifests/1"));
    assertEquals(202, status("DELETE", "/v2/docker/manifests/" + docker));
    swap();
    assertEquals(404, status("HEAD", "/v2/docker/manifests/" + docker));
    assertThere("docker:2", Skopeo.digestOf(TestImages.tinyOci()));
    Skopeo.push(TestImages.multi(), image("app/multi:3")).orFail();
    swap();
    assertThere("app/multi:3", multi);
    assertEquals(List.of("3"), strings("/v2/app/multi/tags/list", "tags"));
  }

  @Test
  void layoverGoesOnWithDistributionsUploads() {
    goOn(false);
  }

  @Test
  void distributionGoesOnWithLayoversUploads() {
    goOn(true);
  }

  /** An upload moves to the other program after each of its requests. */
  private void goOn(boolean layoverBegins) {
    if (layoverBegins) {
      swap();
    }
    var empty = location(Http.send("POST", running.url() + UPLOADS, new byte[0]), 202);
    var begun = location(Http.send("POST", running.url() + UPLOADS, new byte[0]), 202);
    begun = patch(begun, 0, 100_000);
    swap();
    begun = patch(begun, 100_000, 250_000);
    finish(empty, 0);
    swap();
    begun = patch(begun, 250_000, 300_000);
    swap();
    finish(begun, 300_000);
    swap();
    assertBlob(300_000);
  }

  private static byte[] content(int from, int to) {
    var bytes = new byte[to - from];
    for (var i = from; i < to; i++) {
      bytes[i - from] = (byte) (i * 31 / 7);
    }
    return bytes;
  }

  private String patch(String location, int from, int to) {
    var state = Http.send("GET", running.url() + location, null);
    assertEquals(204, state.statusCode());
    assertEquals("0-" + Math.max(0, from - 1), state.headers().firstValue("Range").orElseThrow());
    return location(
        Http.send(
            "PATCH",
            running.url() + location,
            content(from, to),
            "Content-Range",
            from + "-" + (to - 1)),
        202);
  }

  private void finish(String location, int from) {
    var digest = Digest.sha256(content(0, 300_000));
    var separator = location.contains("?") ? "&" : "?";
    location(
        Http.send(
            "PUT",
            running.url() + location + separator + "digest=" + digest,
            content(from, 300_000)),
        201);
  }

  private void assertBlob(int length) {
    var digest = Digest.sha256(content(0, length));
    var answer = Http.send("GET", running.url() + "/v2/app/blobs/" + digest, null);
    assertEquals(200, answer.statusCode());
    assertEquals(digest, Digest.sha256(answer.body()));
  }

  /** The Location, which the next request follows to whichever program runs then. */
  private String location(HttpResponse<byte[]> answer, int status) {
    assertEquals(
        status, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
    var location = URI.create(answer.headers().firstValue("Location").orElseThrow());
    return location.getRawPath()
        + (location.getRawQuery() == null ? "" : "?" + location.getRawQuery());
  }

  @Test
  @RealParts("oras")
  void referrersOfBothAreFound() {
    Skopeo.push(TestImages.tinyOci(), image("app:1")).orFail();
    attach("application/by-distribution");
    swap();
    assertDiscovered("application/by-distribution");
    attach("application/by-layover");
    assertDiscovered("application/by-distribution", "application/by-layover");
    swap();
    attach("application/again");
    swap();
    assertDiscovered("application/by-distribution", "application/by-layover", "application/again");
  }

  private void attach(String type) {
    var file = Tools.freshFolder("artifact").resolve("note.txt");
    try {
      Files.writeString(file, type);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    GoClients.oras(
            "attach",
            "--plain-http",
            "--disable-path-validation",
            "--artifact-type",
            type,
            image("app:1"),
            file + ":text/plain")
        .orFail();
  }

  private void assertDiscovered(String... types) {
    var output =
        GoClients.oras("discover", "--plain-http", "--format", "json", image("app:1")).orFail();
    for (var type : types) {
      assertTrue(output.contains(type), output);
    }
  }

  @Test
  void distributionsCollectorLeavesWhatLayoverStored() {
    swap();
    Skopeo.push(TestImages.multi(), image("kept:1")).orFail();
    Skopeo.push(TestImages.tinyDocker(), image("kept:2")).orFail();
    Skopeo.push(TestImages.many(), image("gone:1")).orFail();
    var gone = Skopeo.digestOf(TestImages.many());
    assertEquals(202, status("DELETE", "/v2/gone/manifests/" + gone));
    swap();
    var output =
        Command.of("docker-registry", "garbage-collect")
            .with(((RealRegistry) running).configFile().toString())
            .run()
            .orFail();
    assertTrue(output.contains("blobs marked"), output);
    assertTrue(!((RealRegistry) running).holds(gone.toString()), output);
    swap();
    assertThere("kept:1", Skopeo.digestOf(TestImages.multi()));
    assertThere("kept:2", Skopeo.digestOf(TestImages.tinyDocker()));
  }
}
