package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One blob behind several repositories: it is downloaded once, and each repository's readers get it
 * only if the upstream gives it to them; no repository can spoil it for another.
 */
class SharedBlobsTest {
  private static final int SIZE = 300_000;
  private static final Image IMAGE = Images.oci(11, 1, SIZE);
  private static final byte[] BYTES = IMAGE.blob(IMAGE.layer()).read(0, SIZE).getBytes();

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx).user("alice", "secret1");

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    hub.repository("library/other").put("latest", IMAGE);
    hub.repository("alice/secret").secret().put("latest", IMAGE);
    hub.repository("evil/app").putBlob(Content.of("{}"));
    mirror = MirrorFixture.patient(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private static String blob(String repository) {
    return "/v2/" + repository + "/blobs/" + IMAGE.layer();
  }

  /** Serves a manifest in evil/app that claims the layer, in its own way. */
  private Digest evilManifest(String mediaType, long size, JsonArray urls) {
    var config =
        new JsonObject()
            .put("mediaType", Images.OCI_CONFIG)
            .put("digest", Digest.sha256("{}").toString())
            .put("size", 2);
    var layer =
        new JsonObject()
            .put("mediaType", mediaType)
            .put("digest", IMAGE.layer().toString())
            .put("size", size)
            .put("urls", urls);
    var manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", Images.OCI_MANIFEST)
            .put("config", config)
            .put("layers", new JsonArray().add(layer))
            .toBuffer();
    hub.repository("evil/app").putManifest(Images.OCI_MANIFEST, manifest);
    return Digest.sha256(manifest.getBytes());
  }

  @Test
  void aRunningFillIsShownOnlyToThoseTheUpstreamWouldGiveIt() throws Exception {
    hub.when("GET", "^/cdn/").throttle(SIZE / 2);
    var first = mirror.getLater(blob("library/app"));
    Mirror.await("the fill runs", () -> hub.count("GET", "^/cdn/") == 1);
    assertEquals(404, mirror.get(blob("alice/secret")).statusCode());
    assertEquals(404, mirror.get(blob("evil/app")).statusCode());
    var other = mirror.getLater(blob("library/other"));
    assertArrayEquals(BYTES, other.join().body());
    assertEquals("Layover; fwd=uri-miss; collapsed", Mirror.header(other.join(), "Cache-Status"));
    assertArrayEquals(BYTES, first.join().body());
    assertEquals(1, hub.count("GET", "^/cdn/"));
  }

  @Test
  void whoeverMayNotHaveItDoesNotFailItForOthers() throws Exception {
    hub.when("GET", "/evil/app/blobs/").latency(Duration.ofMillis(500));
    var evil = mirror.getLater(blob("evil/app"));
    Mirror.await("the fill waits", () -> hub.count("GET", "/evil/app/blobs/") > 0);
    assertArrayEquals(BYTES, mirror.get(blob("library/app")).body());
    assertEquals(404, evil.join().statusCode());
  }

  /** A registry takes a manifest with a foreign layer without having, or giving, the layer. */
  @Test
  void aForeignLayerProvesNothing() throws Exception {
    assertArrayEquals(BYTES, mirror.get(blob("library/app")).body());
    var manifest =
        evilManifest(
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
            SIZE,
            new JsonArray().add("https://example.com/layer"));
    assertEquals(200, mirror.get("/v2/evil/app/manifests/" + manifest).statusCode());
    assertEquals(404, mirror.get(blob("evil/app")).statusCode());
    assertEquals(404, mirror.get("HEAD " + blob("evil/app")).statusCode());
  }

  @Test
  void aLieAboutTheSizeCountsWhereItWasTold() throws Exception {
    hub.repository("evil/app").putBlob(IMAGE.blob(IMAGE.layer()));
    assertEquals(200, mirror.get("/v2/library/app/manifests/latest").statusCode());
    var manifest = evilManifest(Images.OCI_LAYER, 1000, new JsonArray());
    assertEquals(200, mirror.get("/v2/evil/app/manifests/" + manifest).statusCode());
    assertEquals(502, mirror.get(blob("evil/app")).statusCode());
    assertArrayEquals(BYTES, mirror.get(blob("library/app")).body());
  }

  @Test
  void manyRepositoriesCauseOneDownload() throws Exception {
    hub.when("GET", "^/cdn/").throttle(SIZE);
    for (var i = 0; i < 8; i++) {
      hub.repository("many/r" + i).put("latest", IMAGE);
    }
    var answers = IntStream.range(0, 8).mapToObj(i -> mirror.getLater(blob("many/r" + i))).toList();
    for (var answer : answers) {
      assertArrayEquals(BYTES, answer.join().body());
    }
    assertEquals(1, hub.count("GET", "^/cdn/"));
    assertEquals(SIZE, hub.bytesSent());
  }
}
