package io.layover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The registry over a bucket, as clients see it, and what that asks of S3. */
@Timeout(120)
class BucketTest extends BucketFixture {
  private static final String V2 = "docker/registry/v2/";

  private String blobKey(Digest digest) {
    return V2 + "blobs/sha256/" + digest.hex().substring(0, 2) + "/" + digest.hex() + "/data";
  }

  @Test
  void servesWhatIsPushedWholeAndInPart() throws Exception {
    var replica = replica();
    var layer = bytes(1, 12 * MIB + 7);
    var manifest = replica.pushImage("team/app", "1", layer);
    var path = "/v2/team/app/blobs/" + Digest.sha256(layer);

    assertArrayEquals(layer, replica.get(path).body());
    var part = replica.get(path, "Range", "bytes=5000000-7000000");
    assertEquals(206, part.statusCode());
    assertArrayEquals(Arrays.copyOfRange(layer, 5_000_000, 7_000_001), part.body());
    var end = replica.get(path, "Range", "bytes=-10");
    assertArrayEquals(Arrays.copyOfRange(layer, layer.length - 10, layer.length), end.body());
    assertEquals(416, replica.get(path, "Range", "bytes=99999999-").statusCode());
    assertEquals(
        manifest, Digest.sha256(replica.get("/v2/team/app/manifests/1").body()), "the manifest");
    assertTrue(s3.keys(bucket).contains(blobKey(Digest.sha256(layer))));
    assertEquals(List.of(), s3.openParts(bucket));
    assertFalse(s3.keys(bucket).stream().anyMatch(key -> key.contains("_uploads")));
  }

  @Test
  void fillsItselfFromAnUpstreamOnce() throws Exception {
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx)) {
      var image = Images.oci(3, 1, 11 * MIB);
      hub.repository("library/app").put("1", image);
      var path = "/v2/library/app/blobs/" + image.layer();
      var mirror = replica("REGISTRY_PROXY_REMOTEURL", hub.url());

      mirror.get("/v2/library/app/manifests/1");
      assertEquals(image.layer(), Digest.sha256(mirror.get(path).body()));
      awaitKey(blobKey(image.layer()));
      var other = replica("REGISTRY_PROXY_REMOTEURL", hub.url());
      other.get("/v2/library/app/manifests/1");
      var second = other.get(path);

      assertEquals(image.layer(), Digest.sha256(second.body()));
      assertEquals("Layover; hit", Mirror.header(second, "Cache-Status"));
      assertEquals(1, hub.count("GET", "blobs/" + image.layer()));
      assertEquals(List.of(), s3.openParts(bucket));
    } finally {
      vertx.close().await();
    }
  }

  private void awaitKey(String key) throws InterruptedException {
    Mirror.await(key + " is there", () -> s3.keys(bucket).contains(key));
  }

  @Test
  void sendsClientsToS3() throws Exception {
    var replica = replica("REGISTRY_STORAGE_REDIRECT_DISABLE", "false");
    var layer = bytes(4, 3 * MIB);
    var path = "/v2/app/blobs/" + replica.push("app", layer);

    var answer = replica.get(path);
    assertEquals(307, answer.statusCode());
    assertEquals("no-store", Mirror.header(answer, "Cache-Control"));
    var location = answer.headers().firstValue("Location").orElseThrow();
    assertTrue(location.startsWith(way.url() + "/" + bucket + "/"), location);
    assertArrayEquals(layer, replica.send("GET", location, null).body());
    assertEquals(
        403,
        replica
            .send("GET", location.replaceAll("Signature=..", "Signature=00"), null)
            .statusCode());
    var small = replica.push("app", bytes(5, 1000));
    assertEquals(200, replica.get("/v2/app/blobs/" + small).statusCode(), "small ones are near");
  }

  @Test
  void sendsClientsToWhereTheyReachS3() throws Exception {
    var replica =
        replica(
            "REGISTRY_STORAGE_REDIRECT_DISABLE",
            "false",
            "REGISTRY_STORAGE_S3_REDIRECTENDPOINT",
            "https://images.example:8443");
    var path = "/v2/app/blobs/" + replica.push("app", bytes(4, MIB));

    var location = URI.create(replica.get(path).headers().firstValue("Location").orElseThrow());
    assertEquals("images.example:8443", location.getAuthority());
    assertEquals("https", location.getScheme());
  }

  @Test
  void anUploadGoesOnAfterARestartAndElsewhere() throws Exception {
    var content = bytes(6, 17 * MIB);
    var digest = Digest.sha256(content);
    var first = replica();
    var location =
        URI.create(first.expect(202, "PATCH", first.begin("app"), Arrays.copyOf(content, 6 * MIB)));
    first.close();
    open.clear();

    var second = replica();
    var third = replica();
    var path = location.getRawPath() + "?" + location.getRawQuery();
    location =
        URI.create(
            second.expect(202, "PATCH", path, Arrays.copyOfRange(content, 6 * MIB, 8 * MIB)));
    path = location.getRawPath() + "?" + location.getRawQuery();
    assertEquals("0-" + (8 * MIB - 1), Mirror.header(third.get(path), "Range"));
    third.expect(
        201,
        "PUT",
        Replica.ending(path, digest),
        Arrays.copyOfRange(content, 8 * MIB, content.length));

    assertArrayEquals(content, second.get("/v2/app/blobs/" + digest).body());
    assertEquals(List.of(), s3.openParts(bucket));
    assertFalse(s3.keys(bucket).stream().anyMatch(key -> key.contains("_uploads")));
  }

  @Test
  void listsAndDeletesMoreThanAPage() throws Exception {
    var replica = replica("REGISTRY_TAGS_MAXTAGS", "2000", "REGISTRY_CATALOG_MAXENTRIES", "2000");
    var manifest = replica.pushImage("app", "t", bytes(7, 10));
    for (var i = 0; i < 1100; i++) {
      s3.put(
          bucket,
          V2 + "repositories/app/_manifests/tags/t%04d/current/link".formatted(i),
          manifest.toString());
      s3.put(
          bucket,
          V2 + "repositories/r%04d/_manifests/tags/1/current/link".formatted(i),
          manifest.toString());
      s3.put(
          bucket,
          V2 + "repositories/app/_manifests/tags/t/index/sha256/" + "%064x".formatted(i) + "/link",
          "sha256:" + "%064x".formatted(i));
    }
    assertEquals(1101, list(replica, "/v2/app/tags/list?n=2000", "tags").size());
    assertEquals(1101, list(replica, "/v2/_catalog?n=2000", "repositories").size());
    assertEquals(
        List.of("t1050", "t1051"), list(replica, "/v2/app/tags/list?n=2&last=t1049", "tags"));

    way.forget();
    replica.expect(202, "DELETE", "/v2/app/manifests/t", null);
    assertEquals(2, way.count("^POST .*\\?delete"), "1,102 keys in two batches");
    assertEquals(0, way.count("^DELETE "));
    assertEquals(404, replica.get("/v2/app/manifests/t").statusCode());
  }

  private static List<?> list(Replica replica, String path, String what) throws Exception {
    var answer = replica.get(path);
    return new JsonObject(new String(answer.body(), StandardCharsets.UTF_8))
        .getJsonArray(what)
        .getList();
  }

  @Test
  void whatIsGivenUpLeavesNothing() throws Exception {
    var replica = replica();
    var location = replica.expect(202, "PATCH", replica.begin("app"), bytes(8, 6 * MIB));
    assertEquals(1, s3.openParts(bucket).size());
    replica.expect(204, "DELETE", location, null);
    var wrong =
        replica.send(
            "PUT",
            Replica.ending(replica.begin("app"), Digest.sha256("other")),
            bytes(9, 11 * MIB));

    assertEquals(400, wrong.statusCode());
    assertEquals(List.of(), s3.openParts(bucket));
    assertEquals(List.of(), s3.keys(bucket));
  }

  @Test
  void uploadsThatWereLeftAloneGo() throws Exception {
    var first = replica();
    var location = first.expect(202, "PATCH", first.begin("app"), bytes(13, 6 * MIB));
    replica(
        "REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_AGE",
        "1ms",
        "REGISTRY_STORAGE_MAINTENANCE_UPLOADPURGING_INTERVAL",
        "2s");

    Mirror.await("the upload goes", () -> s3.openParts(bucket).isEmpty());
    Mirror.await("so does its folder", () -> s3.keys(bucket).isEmpty());
    assertEquals(404, first.send("PATCH", location, bytes(14, 10)).statusCode());
  }

  /** The one replica knows of the other's push what the bucket says, and evicts around it. */
  @Test
  void oneReplicaEvictsAndNothingThatWasPushed() throws Exception {
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx)) {
      var images = new ArrayList<Image>();
      for (var i = 0; i < 4; i++) {
        images.add(Images.oci(20 + i, 1, MIB));
        hub.repository("library/app" + i).put("1", images.get(i));
      }
      var variables =
          new String[] {
            "REGISTRY_PROXY_REMOTEURL",
            hub.url(),
            "REGISTRY_PROXY_HOSTED",
            "['private/**']",
            "REGISTRY_PROXY_MAXSIZE",
            Integer.toString(5 * MIB / 2)
          };
      var evicting = replica(variables);
      Mirror.await("it evicts", () -> s3.keys(bucket).contains("layover/leases/eviction"));
      var other = replica(variables);
      pull(evicting, "library/app0", images.get(0));
      assertEquals(
          images.get(0).layer(),
          other.push(
              "private/app", images.get(0).blob(images.get(0).layer()).read(0, MIB).getBytes()));
      pull(evicting, "library/app1", images.get(1));
      pull(evicting, "library/app2", images.get(2));
      // Too much by one, even if it was seen in time that the first is not only cached.
      pull(evicting, "library/app3", images.get(3));

      Mirror.await(
          "the oldest that was not pushed goes",
          () -> !s3.keys(bucket).contains(blobKey(images.get(1).layer())));
      var path = "/v2/private/app/blobs/" + images.get(0).layer();
      assertEquals(images.get(0).layer(), Digest.sha256(other.get(path).body()));
      assertEquals(images.get(0).layer(), Digest.sha256(evicting.get(path).body()));
      pull(other, "library/app1", images.get(1));
    } finally {
      vertx.close().await();
    }
  }

  private void pull(Replica replica, String name, Image image) throws Exception {
    assertEquals(200, replica.get("/v2/" + name + "/manifests/1").statusCode());
    var layer = replica.get("/v2/" + name + "/blobs/" + image.layer());
    assertEquals(image.layer(), Digest.sha256(layer.body()));
    awaitKey(blobKey(image.layer()));
  }

  @Test
  void whatIsHotCostsS3Little() throws Exception {
    var replica = replica("REGISTRY_STORAGE_S3_TAGTTL", "1m");
    var layer = bytes(10, 2 * MIB);
    var manifest = replica.pushImage("app", "1", layer);
    var config = Digest.sha256("{}");
    var paths =
        List.of(
            "/v2/app/manifests/1",
            "/v2/app/manifests/" + manifest,
            "/v2/app/blobs/" + config,
            "/v2/app/blobs/" + Digest.sha256(layer));
    for (var path : paths) {
      assertEquals(200, replica.get(path).statusCode());
    }
    way.forget();
    for (var path : paths.subList(0, 3)) {
      assertEquals(200, replica.get(path).statusCode());
    }
    assertEquals(List.of(), way.seen(), "manifests and small blobs cost nothing");
    assertArrayEquals(layer, replica.get(paths.getLast()).body());
    assertEquals(1, way.seen().size(), "a large one costs one request");
  }

  /** The first one is sent to S3, or gets from there what it asks for; the next ones need not. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aLargeBlobIsNearOnceItWasAskedFor(boolean redirecting) throws Exception {
    var replica =
        replica(
            "REGISTRY_STORAGE_S3_CACHEBLOBSIZE",
            "8MiB",
            "REGISTRY_STORAGE_REDIRECT_DISABLE",
            Boolean.toString(!redirecting));
    var layer = bytes(15, 7 * MIB);
    var path = "/v2/app/blobs/" + replica.push("app", layer);
    assertEquals(redirecting ? 307 : 200, replica.get(path).statusCode());

    Mirror.await("it is near", () -> costsNothing(replica, path));
    way.forget();
    assertArrayEquals(layer, replica.get(path).body());
    var part = replica.get(path, "Range", "bytes=5000000-7000000");
    assertEquals(206, part.statusCode());
    assertArrayEquals(Arrays.copyOfRange(layer, 5_000_000, 7_000_001), part.body());
    assertEquals(List.of(), way.seen());

    replica.expect(202, "DELETE", path, null);
    assertEquals(404, replica.get(path).statusCode());
  }

  private boolean costsNothing(Replica replica, String path) {
    way.forget();
    try {
      return replica.get(path, "Range", "bytes=0-0").statusCode() == 206 && way.seen().isEmpty();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void changesElsewhereAreSeenInTime() throws Exception {
    var here = replica("REGISTRY_STORAGE_S3_TAGTTL", "0s", "REGISTRY_STORAGE_S3_LINKTTL", "0s");
    var there = replica();
    var first = there.pushImage("app", "1", bytes(11, 10));
    assertEquals(first, Digest.sha256(here.get("/v2/app/manifests/1").body()));
    var second = there.pushImage("app", "1", bytes(12, 10));
    assertEquals(second, Digest.sha256(here.get("/v2/app/manifests/1").body()));
    there.expect(202, "DELETE", "/v2/app/manifests/" + second, null);
    assertEquals(404, here.get("/v2/app/manifests/1").statusCode());
    assertEquals(404, here.get("/v2/app/manifests/" + second).statusCode());
  }
}
