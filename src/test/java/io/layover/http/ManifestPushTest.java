package io.layover.http;

import static io.layover.http.Documents.descriptor;
import static io.layover.http.Documents.image;
import static io.layover.http.Documents.imageObject;
import static io.layover.http.Documents.index;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.layover.registry.PushRules;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted as a manifest, and how it is refused. */
class ManifestPushTest {
  private static final String APP = "/v2/app/manifests/";
  private static final Digest EMPTY = Digest.sha256("{}");
  private static final Digest LAYER = Digest.sha256("layer");
  private static final Digest ABSENT = Digest.sha256("absent");

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

  private void pushContent() {
    server.pushBlob("app", "{}");
    server.pushBlob("app", "layer");
  }

  @Test
  void fourMebibytesAreTakenAndNotAByteMore() {
    pushContent();
    var largest = padded(Manifest.LARGEST);
    server.put(APP + "largest", largest).expect(201);
    assertEquals(largest, server.get(APP + "largest").expect(200).body().toString());
    var message = server.put(APP + "larger", largest + " ").expect(413, "SIZE_INVALID");
    assertTrue(message.contains("4194304"), message);
    server.get(APP + "larger").expect(404, "MANIFEST_UNKNOWN");
  }

  @Test
  void bytesWithoutAnAnnouncedLengthAreCounted() throws Exception {
    pushContent();
    try (var client = new RawClient(server.port())) {
      client.write(
          "PUT " + APP + "larger HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      var chunk = "x".repeat(1 << 16);
      for (var i = 0; i < 65; i++) {
        client.write("10000\r\n" + chunk + "\r\n");
      }
      client.write("0\r\n\r\n");
      assertTrue(client.answer().startsWith("HTTP/1.1 413 "));
    }
  }

  private static String padded(int length) {
    var json = image(EMPTY, 2, LAYER, 5);
    return json + " ".repeat(length - json.length());
  }

  @Test
  void aPushByDigestSetsTagsAndNamesThem() {
    pushContent();
    var json = image(EMPTY, 2, LAYER, 5);
    var digest = Digest.sha256(json);
    var tags = IntStream.range(0, 12).mapToObj(i -> "v" + i).toList();
    var answer = server.put(APP + digest + "?tag=" + String.join("&tag=", tags), json).expect(201);
    assertEquals(tags, answer.headers().getAll("OCI-Tag"));
    for (var tag : tags) {
      assertEquals(
          digest.toString(), server.head(APP + tag).expect(200).header("Docker-Content-Digest"));
    }
    assertEquals(Set.copyOf(tags), Set.copyOf(server.get("/v2/app/tags/list").strings("tags")));
  }

  @Test
  void tooManyTagsAreRefusedAndNoneIsSet() {
    pushContent();
    var json = image(EMPTY, 2, LAYER, 5);
    var tags = IntStream.range(0, 129).mapToObj(i -> "tag=v" + i).toList();
    var path = APP + Digest.sha256(json) + "?" + String.join("&", tags);
    var message = server.put(path, json).expect(414, "SIZE_INVALID");
    assertTrue(message.contains("128"), message);
    server.get(APP + "v0").expect(404, "MANIFEST_UNKNOWN");
    server.put(APP + Digest.sha256(json) + "?tag=good&tag=-bad", json).expect(400, "TAG_INVALID");
    server.get(APP + "good").expect(404, "MANIFEST_UNKNOWN");
  }

  @Test
  void everyMissingBlobIsNamed() {
    server.pushBlob("app", "layer");
    var other = Digest.sha256("other");
    var json =
        imageObject(
                EMPTY,
                2,
                descriptor(Documents.LAYER, LAYER, 5),
                descriptor(Documents.LAYER, ABSENT, 6),
                descriptor(Documents.LAYER, other, 5))
            .encode();
    var answer = server.put(APP + "1", json);
    var message = answer.expect(400, "MANIFEST_BLOB_UNKNOWN");
    for (var missing : List.of(EMPTY, ABSENT, other)) {
      assertTrue(message.contains(missing.toString()), message);
      assertTrue(answer.error().getJsonArray("detail").contains(missing.toString()));
    }
    assertTrue(!message.contains(LAYER.toString()), message);
    server.get(APP + Digest.sha256(json)).expect(404, "MANIFEST_UNKNOWN");
  }

  @Test
  void blobsOfAnotherRepositoryAreMissing() {
    server.pushBlob("other", "{}");
    server.pushBlob("other", "layer");
    server.put(APP + "1", image(EMPTY, 2, LAYER, 5)).expect(400, "MANIFEST_BLOB_UNKNOWN");
  }

  static Stream<Arguments> invalid() {
    var good = imageObject(EMPTY, 2, descriptor(Documents.LAYER, LAYER, 5));
    return Stream.of(
        arguments("nothing", "", "JSON"),
        arguments("half", "{\"schemaVersion\":2,", "JSON"),
        arguments("a list", "[]", "JSON object"),
        arguments("two documents", good.encode() + "{}", "follows"),
        arguments("a key twice", "{\"schemaVersion\":2,\"schemaVersion\":2}", "uplicate"),
        arguments(
            "a nested key twice",
            good.encode().replace("\"size\":5", "\"size\":5,\"size\":5"),
            "uplicate"),
        arguments("deep nesting", "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}", "depth"),
        arguments("schema 1", "{\"schemaVersion\":1,\"name\":\"app\",\"fsLayers\":[]}", "schema 1"),
        arguments("no version", with(good, "schemaVersion", null), "schemaVersion"),
        arguments("version 3", with(good, "schemaVersion", 3), "schemaVersion"),
        arguments(
            "a type that is no manifest", with(good, "mediaType", "text/plain"), "text/plain"),
        arguments("a type that is no text", with(good, "mediaType", 1), "mediaType"),
        arguments(
            "another type than sent", with(good, "mediaType", MediaTypes.DOCKER_MANIFEST), ""),
        arguments("no config", with(good, "config", null), "config"),
        arguments("layers as object", with(good, "layers", new JsonObject()), "layers"),
        arguments("an image with manifests", with(good, "manifests", new JsonArray()), "manifests"),
        arguments("a wrong size", layer(5 + 1), "5 bytes"),
        arguments("a negative size", layer(-1), "layers[0].size"),
        arguments("a size as text", layer("5"), "layers[0].size"),
        arguments("a broken size", layer(5.5), "layers[0].size"),
        arguments("no size", layer(null), "layers[0].size"),
        arguments("a malformed digest", layer("digest", "sha256:xyz"), "layers[0].digest"),
        arguments("an unknown algorithm", layer("digest", "md5:abc"), "layers[0].digest"),
        arguments("a layer without a type", layer("mediaType", null), "layers[0]"),
        arguments("urls that are no list", layer("urls", "http://x/"), "layers[0].urls"),
        arguments("a subject that is text", with(good, "subject", "x"), "subject"),
        arguments("annotations that are text", with(good, "annotations", "x"), "annotations"));
  }

  private static Object with(JsonObject good, String key, @Nullable Object value) {
    var copy = good.copy();
    if (value == null) {
      copy.remove(key);
    } else {
      copy.put(key, value);
    }
    return copy.encode();
  }

  private static Object layer(@Nullable Object size) {
    return layer("size", size);
  }

  private static Object layer(String key, @Nullable Object value) {
    var layer = descriptor(Documents.LAYER, LAYER, 5);
    if (value == null) {
      layer.remove(key);
    } else {
      layer.put(key, value);
    }
    return imageObject(EMPTY, 2, layer).encode();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource
  void invalid(String what, String body, String reason) {
    pushContent();
    var message =
        server
            .put(APP + "bad", body, "Content-Type", MediaTypes.OCI_MANIFEST)
            .expect(400, "MANIFEST_INVALID");
    assertTrue(message.contains(reason), message);
    assertTrue(message.length() < 300 && !message.contains("\n"), message);
    server.get(APP + "bad").expect(404, "MANIFEST_UNKNOWN");
  }

  @Test
  void schema1AsItWasSentIsRefusedWithAReason() {
    var message =
        server
            .put(
                APP + "old",
                "{\"schemaVersion\":1,\"name\":\"app\",\"tag\":\"old\",\"signatures\":[]}",
                "Content-Type",
                "application/vnd.docker.distribution.manifest.v1+prettyjws")
            .expect(400, "MANIFEST_INVALID");
    assertTrue(message.contains("schema 1"), message);
  }

  @Test
  void parametersOfTheTypeAreIgnored() {
    pushContent();
    server
        .put(
            APP + "1",
            image(EMPTY, 2, LAYER, 5),
            "Content-Type",
            MediaTypes.OCI_MANIFEST + "; charset=utf-8")
        .expect(201);
    assertEquals(MediaTypes.OCI_MANIFEST, server.head(APP + "1").header("Content-Type"));
  }

  @Test
  void anotherDigestThanTheBodysIsRefused() {
    pushContent();
    var json = image(EMPTY, 2, LAYER, 5);
    var message = server.put(APP + ABSENT, json).expect(400, "DIGEST_INVALID");
    assertTrue(message.contains(Digest.sha256(json).toString()), message);
    var sha512 =
        Digest.of("sha512", Digest.hasher("sha512").digest(Buffer.buffer(json).getBytes()));
    server.put(APP + sha512 + "?tag=long", json).expect(201);
    assertEquals(sha512.toString(), server.head(APP + "long").header("Docker-Content-Digest"));
    assertEquals(json, server.get(APP + sha512).expect(200).body().toString());
  }

  @Test
  void theSubjectMayBeMissing() {
    pushContent();
    var artifact = Documents.artifact("application/x", ABSENT, "note").encode();
    var answer = server.put(APP + Digest.sha256(artifact), artifact).expect(201);
    assertEquals(ABSENT.toString(), answer.header("OCI-Subject"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://cdn.example.com/layer",
        "http://cdn.example.com/layer",
        "https://other.example.com/layer"
      })
  void foreignLayersComeFromNowhereUnlessAllowed(String url) {
    server.pushBlob("app", "{}");
    var message = pushForeign(url).expect(400, "MANIFEST_INVALID");
    assertTrue(message.contains("validation.manifests.urls"), message);
  }

  @Test
  void foreignLayersComeFromWhereTheyMay() {
    server.close();
    var rules =
        new PushRules(
            true,
            child -> true,
            url -> url.contains("//cdn.example.com/") && !url.endsWith("/secret"));
    server = ApiServer.over(root, new ApiServer.Settings().rules(rules));
    server.pushBlob("app", "{}");
    pushForeign("https://cdn.example.com/layer").expect(201);
    pushForeign("https://cdn.example.com/secret").expect(400, "MANIFEST_INVALID");
    pushForeign("https://example.com/layer").expect(400, "MANIFEST_INVALID");
    pushForeign("https://cdn.example.com/layer#part").expect(400, "MANIFEST_INVALID");
    pushForeign("ftp://cdn.example.com/layer").expect(400, "MANIFEST_INVALID");
    pushForeign("file:////cdn.example.com/layer").expect(400, "MANIFEST_INVALID");
    pushForeign("not a url//cdn.example.com/").expect(400, "MANIFEST_INVALID");
  }

  private Answer pushForeign(String url) {
    var layer =
        descriptor("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", ABSENT, 6)
            .put("urls", new JsonArray().add(url));
    return server.put(APP + "foreign", imageObject(EMPTY, 2, layer).encode());
  }

  @Test
  void anIndexNeedsTheImagesThatTheRulesName() {
    var image = server.pushImage("app", "there", "layer");
    var size = server.get(APP + image).body().length();
    var there = Documents.platform(child(image, size), "linux", "amd64");
    var absent = Documents.platform(child(ABSENT, 6), "linux", "arm64");
    var sparse = index(MediaTypes.OCI_INDEX, there, absent).encode();
    var message = server.put(APP + "sparse", sparse).expect(400, "MANIFEST_BLOB_UNKNOWN");
    assertTrue(message.contains(ABSENT.toString()), message);
    server.put(APP + "whole", index(MediaTypes.OCI_INDEX, there).encode()).expect(201);
    server.put(APP + "empty", index(MediaTypes.OCI_INDEX).encode()).expect(201);
    server.close();
    var rules =
        new PushRules(
            true,
            child ->
                child.platform() != null && "amd64".equals(child.platform().get("architecture")),
            url -> false);
    server = ApiServer.over(root, new ApiServer.Settings().rules(rules));
    server.put(APP + "sparse", sparse).expect(201);
    assertEquals(sparse, server.get(APP + "sparse").expect(200).body().toString());
    server
        .put(
            APP + "lacks",
            index(MediaTypes.OCI_INDEX, Documents.platform(child(ABSENT, 6), "linux", "amd64"))
                .encode())
        .expect(400, "MANIFEST_BLOB_UNKNOWN");
  }

  private static JsonObject child(Digest digest, int size) {
    return descriptor(MediaTypes.OCI_MANIFEST, digest, size);
  }

  @Test
  void aBodyThatBreaksOffStoresNothing() throws Exception {
    pushContent();
    var json = image(EMPTY, 2, LAYER, 5);
    try (var client = new RawClient(server.port())) {
      client.write(
          "PUT " + APP + "half HTTP/1.1\r\nHost: x\r\nContent-Length: 9999\r\n\r\n" + json);
    }
    server.get(APP + "half").expect(404, "MANIFEST_UNKNOWN");
    server.request("PUT", APP + "whole", Buffer.buffer(json)).expect(201);
  }
}
