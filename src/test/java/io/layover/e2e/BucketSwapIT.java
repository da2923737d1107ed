package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.oci.Digest;
import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Registry;
import io.layover.parts.S3Server;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.Tools;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distribution and Layover serve one bucket at the same time, and each sees what the other did. */
@RealParts({"docker-registry", "skopeo", "umoci", "buildah", "busybox"})
class BucketSwapIT {
  private static final int MIB = 1 << 20;

  private final S3Server s3 = S3Server.shared();
  private final String bucket = s3.newBucket();
  private final RealRegistry distribution = RealRegistry.plain().bucket(s3, bucket);
  private final LayoverProcess layover =
      LayoverProcess.create()
          .bucket(s3, bucket)
          .env("REGISTRY_HTTP_SECRET", "test")
          .env("REGISTRY_STORAGE_DELETE_ENABLED", "true")
          .env("REGISTRY_STORAGE_S3_TAGTTL", "0s")
          .env("REGISTRY_STORAGE_S3_LINKTTL", "0s");

  private void start(String program) {
    UnderTest.isLayover();
    Tools.require(program);
    distribution.program(program).start();
    layover.start();
  }

  @AfterEach
  void stop() {
    layover.close();
    distribution.close();
  }

  private static void assertThere(Registry at, String reference, Digest digest) {
    assertEquals(digest, Skopeo.digest(at.address() + "/" + reference), reference);
    Client.SKOPEO.pull(at.address() + "/" + reference, digest);
  }

  private static int status(Registry at, String method, String path) {
    return Http.send(method, at.url() + path, new byte[0]).statusCode();
  }

  private static List<String> strings(Registry at, String path, String key) {
    var body = Http.send("GET", at.url() + path, null).body();
    return new JsonObject(new String(body, StandardCharsets.UTF_8))
        .getJsonArray(key).stream().map(String.class::cast).sorted().toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker-registry", "registry"})
  void everythingIsSeenByTheOther(String program) {
    start(program);
    var multi = Skopeo.digestOf(TestImages.multi());
    var many = Skopeo.digestOf(TestImages.many());
    Skopeo.push(TestImages.multi(), distribution.address() + "/app/multi:1").orFail();
    Skopeo.push(TestImages.many(), layover.address() + "/many:1").orFail();
    assertThere(layover, "app/multi:1", multi);
    assertThere(distribution, "many:1", many);
    assertEquals(List.of("app/multi", "many"), strings(layover, "/v2/_catalog", "repositories"));
    assertEquals(
        List.of("app/multi", "many"), strings(distribution, "/v2/_catalog", "repositories"));
    // A tag moved on either side.
    Skopeo.push(TestImages.tinyOci(), layover.address() + "/app/multi:1").orFail();
    assertThere(distribution, "app/multi:1", Skopeo.digestOf(TestImages.tinyOci()));
    Skopeo.push(TestImages.multi(), distribution.address() + "/app/multi:2").orFail();
    assertEquals(List.of("1", "2"), strings(layover, "/v2/app/multi/tags/list", "tags"));
    assertThere(layover, "app/multi:2", multi);
    // Deleted on either side.
    assertEquals(202, status(layover, "DELETE", "/v2/app/multi/manifests/" + multi));
    assertEquals(404, status(distribution, "HEAD", "/v2/app/multi/manifests/" + multi));
    assertEquals(202, status(distribution, "DELETE", "/v2/many/manifests/" + many));
    assertEquals(404, status(layover, "HEAD", "/v2/many/manifests/" + many));
  }

  @ParameterizedTest
  @ValueSource(strings = {"docker-registry", "registry"})
  void eitherGoesOnWithTheOthersUploads(String program) {
    start(program);
    goOn(distribution, layover, 1);
    goOn(layover, distribution, 2);
  }

  private static void goOn(Registry from, Registry to, int seed) {
    var content = new byte[17 * MIB];
    new java.util.Random(seed).nextBytes(content);
    var digest = Digest.sha256(content);
    var begun = Http.send("POST", from.url() + "/v2/app/blobs/uploads/", new byte[0]);
    var path = location(202, begun);
    path = location(202, send("PATCH", from, path, content, 0, 6 * MIB));
    path = location(202, send("PATCH", to, path, content, 6 * MIB, 12 * MIB));
    path += (path.contains("?") ? "&" : "?") + "digest=" + digest;
    location(201, send("PUT", to, path, content, 12 * MIB, content.length));

    var blob = Http.send("GET", from.url() + "/v2/app/blobs/" + digest, null);
    assertEquals(digest, Digest.sha256(blob.body()));
  }

  private static HttpResponse<byte[]> send(
      String method, Registry to, String path, byte[] content, int start, int end) {
    return Http.send(
        method,
        to.url() + path,
        Arrays.copyOfRange(content, start, end),
        "Content-Type",
        "application/octet-stream",
        "Content-Range",
        start + "-" + (end - 1));
  }

  private static String location(int status, HttpResponse<byte[]> answer) {
    assertEquals(
        status, answer.statusCode(), () -> new String(answer.body(), StandardCharsets.UTF_8));
    var location = URI.create(answer.headers().firstValue("Location").orElseThrow());
    return location.getRawPath()
        + (location.getRawQuery() == null ? "" : "?" + location.getRawQuery());
  }
}
