package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.descriptor;
import static io.layover.http.RegistryFixture.expect;
import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.manifest;
import static io.layover.http.RegistryFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class ManifestsTest {
  private static final String MANIFESTS = "/v2/team/app/manifests/";
  private static final byte[] LAYER = {1, 2, 3};

  @TempDir private Path directory;
  private RegistryFixture registry;

  @BeforeEach
  void start() throws Exception {
    registry = RegistryFixture.start(directory);
  }

  @AfterEach
  void close() {
    registry.close();
  }

  @Test
  void servesByTagAndByDigest() throws Exception {
    var text = registry.pushImage("team/app", "1.0", LAYER);
    var digest = Digest.sha256(text);

    for (var reference : new String[] {"1.0", digest.toString()}) {
      var got = registry.get(MANIFESTS + reference);
      assertEquals(200, got.statusCode());
      assertEquals(text, text(got));
      assertDescribed(got, digest, text.length());

      var head = registry.head(MANIFESTS + reference);
      assertEquals(200, head.statusCode());
      assertEquals(0, head.body().length);
      assertDescribed(head, digest, text.length());
    }
    assertEquals(404, registry.get(MANIFESTS + "2.0").statusCode());
    assertEquals(404, registry.get("/v2/team/other/manifests/1.0").statusCode());
    assertEquals(404, registry.get("/v2/team/other/manifests/" + digest).statusCode());
    assertEquals(
        404, registry.get(MANIFESTS + Digest.sha256(LAYER)).statusCode(), "a layer is no manifest");
  }

  private static void assertDescribed(HttpResponse<?> answer, Digest digest, int length) {
    assertEquals(MediaTypes.OCI_MANIFEST, header(answer, "Content-Type"));
    assertEquals(digest.toString(), header(answer, "Docker-Content-Digest"));
    assertEquals("\"" + digest + "\"", header(answer, "ETag"));
    assertEquals(Integer.toString(length), header(answer, "Content-Length"));
    assertEquals("Layover; hit; detail=hosted", header(answer, "Cache-Status"));
  }

  @ParameterizedTest(name = "If-None-Match {0} -> {1}")
  @CsvSource({
    "'\"@digest\"',            304",
    "@digest,                  304",
    "*,                        304",
    "W/\"@digest\",            304",
    "'\"other\", \"@digest\"', 304",
    "'\"other\",@digest',      304",
    "'\"other\"',              200",
    "'\"@digest',              200",
    "'',                       200",
  })
  void sendsNothingThatTheClientHas(String condition, int status) throws Exception {
    var digest = Digest.sha256(registry.pushImage("team/app", "1.0", LAYER));
    var value = condition.replace("@digest", digest.toString());

    for (var method : new String[] {"GET", "HEAD"}) {
      var answer = registry.send(method, MANIFESTS + "1.0", null, "If-None-Match", value);
      assertEquals(status, answer.statusCode());
      assertEquals(digest.toString(), header(answer, "Docker-Content-Digest"));
      assertEquals("\"" + digest + "\"", header(answer, "ETag"));
      if (status == 304) {
        assertEquals(0, answer.body().length);
      }
    }
  }

  /** Accept says what a client likes; what is stored is what there is. */
  @ParameterizedTest
  @ValueSource(strings = {"*/*", "text/html", "application/vnd.oci.image.index.v1+json", ";;,"})
  void servesWhatIsStoredWhateverAcceptSays(String accept) throws Exception {
    var text = registry.pushImage("team/app", "1.0", LAYER);
    assertEquals(text, text(registry.get(MANIFESTS + "1.0", "Accept", accept)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        MediaTypes.OCI_MANIFEST,
        MediaTypes.DOCKER_MANIFEST,
        MediaTypes.OCI_INDEX,
        MediaTypes.DOCKER_LIST
      })
  void keepsTheBytesAndTheTypeAlsoOverARestart(String type) throws Exception {
    var config = registry.pushBlob("team/app", LAYER);
    var content =
        MediaTypes.isIndex(type)
            ? "\"manifests\": []"
            : "\"config\": " + descriptor(config, LAYER.length);
    var text =
        "  {\"mediaType\":\"%s\",\n\t\"schemaVersion\":2 , %s,\"x\":[]}\n\n"
            .formatted(type, content);

    var put = registry.pushManifest("team/app", "1.0", text, type + "; charset=utf-8");
    assertEquals(201, put.statusCode(), text(put));
    assertEquals(MANIFESTS + Digest.sha256(text), header(put, "Location"));
    assertEquals(Digest.sha256(text).toString(), header(put, "Docker-Content-Digest"));
    assertEquals(0, put.body().length);
    assertEquals(type, header(registry.get(header(put, "Location")), "Content-Type"));

    try (var restarted = RegistryFixture.start(directory)) {
      var got = restarted.get(MANIFESTS + "1.0", "Accept", type);
      assertEquals(text, text(got));
      assertEquals(type, header(got, "Content-Type"));
    }
  }

  @Test
  void takesAManifestByItsDigest() throws Exception {
    var text = registry.pushImage("team/app", "1.0", LAYER) + "\n";
    var digest = Digest.sha256(text);
    expect(
        201, registry.pushManifest("team/app", digest.toString(), text, MediaTypes.OCI_MANIFEST));
    assertEquals(text, text(registry.get(MANIFESTS + digest)));

    var sha512 =
        Digest.of("sha512", Digest.hasher("sha512").digest(text.getBytes(StandardCharsets.UTF_8)));
    var put = registry.pushManifest("team/app", sha512.toString(), text, MediaTypes.OCI_MANIFEST);
    expect(201, put);
    assertEquals(sha512.toString(), header(put, "Docker-Content-Digest"));
    assertEquals(text, text(registry.get(MANIFESTS + sha512)));
  }

  @Test
  void refusesAManifestOfAnotherDigest() throws Exception {
    var text = registry.pushImage("team/app", "1.0", LAYER);
    var other = Digest.sha256("something else");
    var stored = registry.blobs().size();

    var put =
        registry.pushManifest("team/app", other.toString(), text + "\n", MediaTypes.OCI_MANIFEST);

    assertEquals(400, put.statusCode());
    assertEquals("DIGEST_INVALID", code(put));
    assertEquals(404, registry.get(MANIFESTS + other).statusCode());
    assertEquals(stored, registry.blobs().size());
  }

  @Test
  void aTagMoves() throws Exception {
    var first = registry.pushImage("team/app", "latest", LAYER);
    assertEquals(first, text(registry.get(MANIFESTS + "latest")));
    var second = registry.pushImage("team/app", "latest", LAYER, new byte[] {4});

    assertEquals(second, text(registry.get(MANIFESTS + "latest")));
    assertEquals(first, text(registry.get(MANIFESTS + Digest.sha256(first))));
  }

  @Test
  void takesAnIndexOfWhatIsThere() throws Exception {
    var child = registry.pushImage("team/app", "amd64", LAYER);
    var index =
        "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"manifests\": [%s]}"
            .formatted(MediaTypes.OCI_INDEX, descriptor(Digest.sha256(child), child.length()));
    expect(201, registry.pushManifest("team/app", "1.0", index, MediaTypes.OCI_INDEX));
    assertEquals(index, text(registry.get(MANIFESTS + "1.0")));

    var elsewhere = registry.pushManifest("team/other", "1.0", index, MediaTypes.OCI_INDEX);
    assertEquals(400, elsewhere.statusCode());
    assertEquals("MANIFEST_BLOB_UNKNOWN", code(elsewhere));
  }

  @Test
  void takesASubjectThatIsNotThereAndForeignLayers() throws Exception {
    var config = descriptor(registry.pushBlob("team/app", LAYER), LAYER.length);
    var absent = Digest.sha256("absent");
    var foreign =
        "{\"mediaType\": \"a/b\", \"digest\": \"%s\", \"size\": 9, \"urls\": [\"https://e.com/l\"]}"
            .formatted(absent);
    var text =
        "{\"schemaVersion\": 2, \"config\": %s, \"layers\": [%s], \"subject\": %s}"
            .formatted(config, foreign, descriptor(absent, 3));

    expect(201, registry.pushManifest("team/app", "1.0", text, MediaTypes.OCI_MANIFEST));
  }

  @Test
  void refusesAManifestWhoseBlobsWereNotPushed() throws Exception {
    var config = registry.pushBlob("team/app", LAYER);
    var elsewhere = registry.pushBlob("team/other", new byte[] {7});
    var absent = Digest.sha256("absent");

    for (var layer : new Digest[] {absent, elsewhere}) {
      var text = manifest(descriptor(config, LAYER.length), Stream.of(descriptor(layer, 1)));
      var put = registry.pushManifest("team/app", "1.0", text, MediaTypes.OCI_MANIFEST);
      assertEquals(400, put.statusCode());
      assertEquals("MANIFEST_BLOB_UNKNOWN", code(put));
      assertTrue(text(put).contains(layer.toString()), text(put));
    }
    assertEquals(404, registry.get(MANIFESTS + "1.0").statusCode());
    assertEquals(404, registry.get("/v2/team/other/manifests/1.0").statusCode());
  }

  @Test
  void refusesASizeThatIsNotTheBlobs() throws Exception {
    var config = registry.pushBlob("team/app", LAYER);
    var put =
        registry.pushManifest(
            "team/app",
            "1.0",
            manifest(descriptor(config, 4), Stream.of()),
            MediaTypes.OCI_MANIFEST);

    assertEquals(400, put.statusCode());
    assertEquals("MANIFEST_INVALID", code(put));
  }

  @ParameterizedTest(name = "{0} as {1}")
  @CsvSource(
      delimiterString = "=>",
      textBlock =
          """
          {                           => application/vnd.oci.image.manifest.v1+json
          {"schemaVersion": 2}        => application/vnd.oci.image.manifest.v1+json
          {"schemaVersion": 2, "manifests": []} => application/vnd.oci.image.manifest.v1+json
          {"schemaVersion": 2, "manifests": []} => text/html
          {"schemaVersion": 2, "manifests": []} => application/json
          {"schemaVersion": 1}        => application/vnd.docker.distribution.manifest.v1+prettyjws
          """)
  void refusesWhatIsNoManifest(String text, String type) throws Exception {
    var put = registry.pushManifest("team/app", "1.0", text, type);

    assertEquals(400, put.statusCode(), text(put));
    assertEquals("MANIFEST_INVALID", code(put));
    assertEquals(0, registry.blobs().size());
    assertEquals(404, registry.get(MANIFESTS + "1.0").statusCode());
  }

  @Test
  void takesOneOfFourMegabytesAndNoMore() throws Exception {
    var config = descriptor(registry.pushBlob("team/app", LAYER), LAYER.length);
    var frame = "{\"schemaVersion\": 2, \"config\": %s, \"annotations\": {\"a\": \"%s\"}}";
    var padding = Manifest.LARGEST - frame.formatted(config, "").length();
    var largest = frame.formatted(config, "x".repeat(padding));
    expect(201, registry.pushManifest("team/app", "1.0", largest, MediaTypes.OCI_MANIFEST));
    assertEquals(largest, text(registry.get(MANIFESTS + "1.0")));
    var stored = registry.blobs().size();

    var put = registry.pushManifest("team/app", "2.0", largest + " ", MediaTypes.OCI_MANIFEST);

    assertEquals(413, put.statusCode());
    assertEquals("SIZE_INVALID", code(put));
    assertEquals(stored, registry.blobs().size());
    assertEquals(404, registry.get(MANIFESTS + "2.0").statusCode());
  }

  @Test
  void takesAManifestWithoutAType() throws Exception {
    var config = descriptor(registry.pushBlob("team/app", LAYER), LAYER.length);
    var text = manifest(config, Stream.of());
    var put = registry.send("PUT", MANIFESTS + "1.0", text.getBytes(StandardCharsets.UTF_8));

    expect(201, put);
    assertEquals(MediaTypes.OCI_MANIFEST, header(registry.get(MANIFESTS + "1.0"), "Content-Type"));
  }
}
