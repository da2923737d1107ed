package io.layover.http;

import static io.layover.http.Answer.with;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blobs being pushed: in one request or in many, mounted, cancelled, resumed. */
class UploadTest {
  private static final String UPLOADS = "/v2/app/blobs/uploads/";

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

  private void restart() {
    restart(new ApiServer.Settings());
  }

  private void restart(ApiServer.Settings settings) {
    server.close();
    server = ApiServer.over(root, settings);
  }

  private static Digest sha512(String content) {
    return Digest.of(
        "sha512", Digest.hasher("sha512").digest(content.getBytes(StandardCharsets.UTF_8)));
  }

  private String begin() {
    return server.post(UPLOADS).expect(202).location();
  }

  private void assertBlob(String name, Digest digest, String content) {
    var answer = server.get("/v2/" + name + "/blobs/" + digest).expect(200);
    assertEquals(content, answer.body().toString());
  }

  @Test
  void chunksHaveExactOffsets() {
    var location = begin();
    assertEquals("0-0", server.get(location).expect(204).header("Range"));
    var answer = server.patch(location, "abc", "Content-Range", "0-2").expect(202);
    assertEquals("0-2", answer.header("Range"));
    server.patch(location, "abc", "Content-Range", "0-2").expect(416, "RANGE_INVALID");
    server.patch(location, "f", "Content-Range", "5-5").expect(416, "RANGE_INVALID");
    server.patch(location, "de", "Content-Range", "3-5").expect(400, "SIZE_INVALID");
    server.patch(location, "de", "Content-Range", "bytes 3-4").expect(416, "RANGE_INVALID");
    server.patch(location, "de", "Content-Range", "4-3").expect(400, "SIZE_INVALID");
    assertEquals("0-2", server.get(location).expect(204).header("Range"));
    server.patch(location, "de", "Content-Range", "3-4").expect(202);
    var close = with(location, "digest=" + Digest.sha256("abcdef"));
    server.put(close, "f", "Content-Range", "4-4").expect(416, "RANGE_INVALID");
    server.put(close, "f", "Content-Range", "5-5").expect(201);
    assertBlob("app", Digest.sha256("abcdef"), "abcdef");
    server.get(location).expect(404, "BLOB_UPLOAD_UNKNOWN");
  }

  @Test
  void anUploadGoesOnAfterARestart() {
    var location = begin();
    server.patch(location, "abc", "Content-Range", "0-2").expect(202);
    restart();
    assertEquals("0-2", server.get(location).expect(204).header("Range"));
    server.patch(location, "x", "Content-Range", "0-0").expect(416, "RANGE_INVALID");
    server.patch(location, "def", "Content-Range", "3-5").expect(202);
    restart();
    server.put(with(location, "digest=" + Digest.sha256("abcdef")), "").expect(201);
    assertBlob("app", Digest.sha256("abcdef"), "abcdef");
  }

  @Test
  void whatArrivedOfABrokenChunkCounts() throws Exception {
    var location = begin();
    try (var client = new RawClient(server.port())) {
      client.write("PATCH " + location + " HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
      awaitRange(location, "0-2");
    }
    for (var i = 0; ; i++) {
      // The server may not have noticed yet that the client has left.
      var answer = server.patch(location, "def", "Content-Range", "3-5");
      if (answer.status() == 202 || i == 100) {
        answer.expect(202);
        break;
      }
      Thread.sleep(20);
    }
    server.put(with(location, "digest=" + Digest.sha256("abcdef")), "").expect(201);
  }

  private void awaitRange(String location, String range) throws InterruptedException {
    for (var i = 0; i < 100 && !range.equals(server.get(location).header("Range")); i++) {
      Thread.sleep(20);
    }
    assertEquals(range, server.get(location).header("Range"));
  }

  @Test
  void aSha512UploadIsResumed() {
    var location = server.post(UPLOADS + "?digest-algorithm=sha512").expect(202).location();
    server.patch(location, "abc").expect(202);
    restart();
    server.patch(location, "def").expect(202);
    var digest = sha512("abcdef");
    var answer = server.put(with(location, "digest=" + digest), "").expect(201);
    assertEquals(digest.toString(), answer.header("Docker-Content-Digest"));
    assertBlob("app", digest, "abcdef");
    server.get("/v2/app/blobs/" + Digest.sha256("abcdef")).expect(404, "BLOB_UNKNOWN");
  }

  @Test
  void theAlgorithmAtTheEndMayBeAnother() {
    var location = server.post(UPLOADS + "?digest-algorithm=sha512").expect(202).location();
    server.patch(location, "abc").expect(202);
    server.put(with(location, "digest=" + Digest.sha256("abc")), "").expect(201);
    location = begin();
    server.patch(location, "abcd").expect(202);
    server.put(with(location, "digest=" + sha512("abcd")), "").expect(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"md5", "sha1", "SHA256", "", "sha256%00", "../etc"})
  void anUnknownAlgorithmIsRefused(String algorithm) throws IOException {
    server.post(UPLOADS + "?digest-algorithm=" + algorithm).expect(400, "DIGEST_INVALID");
    assertNoUploads();
  }

  private void assertNoUploads() throws IOException {
    var uploads = root.resolve("docker/registry/v2/repositories/app/_uploads");
    if (Files.exists(uploads)) {
      try (var left = Files.list(uploads)) {
        assertEquals(List.of(), left.toList());
      }
    }
  }

  @Test
  void oneRequestIsEnough() throws IOException {
    for (var digest : List.of(Digest.sha256("abc"), sha512("abc"))) {
      var answer = server.request("POST", UPLOADS + "?digest=" + digest, Buffer.buffer("abc"));
      assertEquals("/v2/app/blobs/" + digest, answer.expect(201).location());
      assertBlob("app", digest, "abc");
    }
    server
        .request("POST", UPLOADS + "?digest=" + Digest.sha256("abc"), Buffer.buffer("abd"))
        .expect(400, "DIGEST_INVALID");
    server
        .request("POST", UPLOADS + "?digest=sha256:abc", Buffer.buffer("abd"))
        .expect(400, "DIGEST_INVALID");
    assertNoUploads();
  }

  @Test
  void nothingIsLeftOfASingleRequestThatBreaksOff() throws Exception {
    var uploads = root.resolve("docker/registry/v2/repositories/app/_uploads");
    try (var client = new RawClient(server.port())) {
      client.write(
          "POST " + UPLOADS + "?digest=" + Digest.sha256("abcdef") + " HTTP/1.1\r\nHost: x\r\n");
      client.write("Content-Length: 6\r\n\r\nabc");
      for (var i = 0; i < 200 && !Files.exists(uploads); i++) {
        Thread.sleep(10);
      }
    }
    for (var i = 0; i < 200 && uploads.toFile().list().length > 0; i++) {
      Thread.sleep(10);
    }
    assertNoUploads();
  }

  @Test
  void aWrongDigestEndsTheUpload() throws IOException {
    var location = begin();
    server.patch(location, "abc").expect(202);
    server.put(location, "").expect(400, "DIGEST_INVALID");
    server.put(with(location, "digest=md5:abc"), "").expect(400, "DIGEST_INVALID");
    assertEquals("0-2", server.get(location).expect(204).header("Range"));
    var message =
        server
            .put(with(location, "digest=" + Digest.sha256("abd")), "")
            .expect(400, "DIGEST_INVALID");
    assertTrue(message.contains(Digest.sha256("abc").toString()), message);
    server.get(location).expect(404, "BLOB_UPLOAD_UNKNOWN");
    server.get("/v2/app/blobs/" + Digest.sha256("abc")).expect(404, "BLOB_UNKNOWN");
    assertNoUploads();
  }

  @Test
  void anUploadIsCancelled() throws IOException {
    var location = begin();
    server.patch(location, "abc").expect(202);
    server.delete(location).expect(204);
    server.get(location).expect(404, "BLOB_UPLOAD_UNKNOWN");
    server.patch(location, "d").expect(404, "BLOB_UPLOAD_UNKNOWN");
    server.delete(location).expect(404, "BLOB_UPLOAD_UNKNOWN");
    assertNoUploads();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "00000000-0000-0000-0000-000000000000",
        "x",
        "..",
        "%2e%2e",
        "..%2f..%2f..",
        "0000000000000000000000000000000000000000",
        "00000000-0000-0000-0000-00000000000%00"
      })
  void unknownUploadsAreUnknown(String id) {
    for (var method : List.of("GET", "PATCH", "PUT", "DELETE")) {
      var path = UPLOADS + id + "?digest=" + Digest.sha256("");
      var status = server.request(method, path, Buffer.buffer()).status();
      assertTrue(status == 404 || status == 400, method + " " + id + " " + status);
    }
  }

  @Test
  void anUploadBelongsToItsRepository() {
    var location = begin();
    var elsewhere = location.replace("/app/", "/other/");
    server.patch(elsewhere, "abc").expect(404, "BLOB_UPLOAD_UNKNOWN");
    server.get(elsewhere).expect(404, "BLOB_UPLOAD_UNKNOWN");
  }

  @Test
  void aBlobIsMountedFromWhereItIs() {
    var digest = server.pushBlob("source", "abc");
    var answer = server.post(UPLOADS + "?mount=" + digest + "&from=source").expect(201);
    assertEquals("/v2/app/blobs/" + digest, answer.location());
    assertBlob("app", digest, "abc");
  }

  @Test
  void withoutASourceAnyRepositoryWill() {
    var digest = server.pushBlob("source", "abc");
    server.post(UPLOADS + "?mount=" + digest).expect(201);
    assertBlob("app", digest, "abc");
    restart();
    server.post("/v2/third/blobs/uploads/?mount=" + digest).expect(201);
  }

  @Test
  void whatCannotBeMountedIsUploaded() {
    var digest = server.pushBlob("source", "abc");
    for (var from : List.of("other", "app", "not/there")) {
      var location =
          server.post(UPLOADS + "?mount=" + digest + "&from=" + from).expect(202).location();
      server.get("/v2/app/blobs/" + digest).expect(404, "BLOB_UNKNOWN");
      server.delete(location).expect(204);
    }
    var location =
        server
            .post(UPLOADS + "?mount=" + Digest.sha256("abd") + "&from=source")
            .expect(202)
            .location();
    server.put(with(location, "digest=" + Digest.sha256("abd")), "abd").expect(201);
    server.post(UPLOADS + "?mount=" + Digest.sha256("absent")).expect(202);
  }

  @Test
  void aDeletedBlobIsNotMountedBack() {
    var digest = server.pushBlob("source", "abc");
    server.delete("/v2/source/blobs/" + digest).expect(202);
    server.post(UPLOADS + "?mount=" + digest + "&from=source").expect(202);
    server.post(UPLOADS + "?mount=" + digest).expect(202);
    server.get("/v2/app/blobs/" + digest).expect(404, "BLOB_UNKNOWN");
  }

  @Test
  void malformedMountsAreRefused() throws IOException {
    server.post(UPLOADS + "?mount=sha256:abc&from=source").expect(400, "DIGEST_INVALID");
    server.post(UPLOADS + "?mount=&from=source").expect(400, "DIGEST_INVALID");
    var digest = Digest.sha256("abc");
    server.post(UPLOADS + "?mount=" + digest + "&from=No").expect(400, "NAME_INVALID");
    server.post(UPLOADS + "?mount=" + digest + "&from=..%2f..").expect(400, "NAME_INVALID");
    assertNoUploads();
  }

  @Test
  void theSourceOfAMountIsAMappedName() {
    var digest = server.pushBlob("library/source", "abc");
    restart(
        new ApiServer.Settings()
            .routing(
                local ->
                    new Routing() {
                      @Override
                      public Target target(RepositoryName name, @Nullable String namespace) {
                        return name.value().equals("source")
                            ? new Target(local, new RepositoryName("library/source"), false, "")
                            : new Target(local, name, true, "");
                      }

                      @Override
                      public String pushRule() {
                        return "";
                      }
                    }));
    server.post(UPLOADS + "?mount=" + digest + "&from=source").expect(201);
  }

  @Test
  void theStateInLocationsIsSigned() {
    restart(new ApiServer.Settings().secret("shared"));
    var first = begin();
    assertTrue(first.contains("?_state="), first);
    var second = server.patch(first, "abc").expect(202).location();
    // What the first says of the offset is not true any more.
    server.patch(first, "abc").expect(416, "RANGE_INVALID");
    assertEquals("0-2", server.get(first).expect(204).header("Range"));
    var other = begin();
    var bare = second.replaceFirst("\\?.*", "");
    var foreign = bare + other.replaceFirst("[^?]*", "");
    for (var forged :
        List.of(bare + "?_state=", bare + "?_state=YWJj", bare + "?_state=%F0*", foreign)) {
      server.get(forged).expect(404, "BLOB_UPLOAD_INVALID");
      server.patch(forged, "d").expect(404, "BLOB_UPLOAD_INVALID");
      server.put(with(forged, "digest=" + Digest.sha256("abcd")), "d").expect(404);
      server.delete(forged).expect(404, "BLOB_UPLOAD_INVALID");
    }
    restart(new ApiServer.Settings().secret("shared"));
    server.patch(second, "def").expect(202);
    // It is never required.
    server.put(with(bare, "digest=" + Digest.sha256("abcdef")), "").expect(201);
    restart(new ApiServer.Settings().secret("another"));
    server.get(other).expect(404, "BLOB_UPLOAD_INVALID");
    restart();
    server.delete(other).expect(204);
    assertFalse(begin().contains("?"));
  }

  @Test
  void theStateIsDistributions() {
    restart(new ApiServer.Settings().secret("shared"));
    var location = server.patch(begin(), "abc").expect(202).location();
    var state = location.replaceFirst(".*_state=", "").replace("%3D", "=");
    var signed = Buffer.buffer(Base64.getUrlDecoder().decode(state));
    var json = signed.getString(32, signed.length());
    var id = location.replaceFirst(".*/([^?]*)\\?.*", "$1");
    assertTrue(
        json.matches(
            "\\{\"Name\":\"app\",\"UUID\":\""
                + id
                + "\",\"Offset\":3,\"StartedAt\":\"[0-9T:.-]+Z\"}"),
        json);
  }
}
