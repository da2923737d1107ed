package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.expect;
import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.headerIfAny;
import static io.layover.http.RegistryFixture.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UploadsTest {
  private static final byte[] CONTENT = content();
  private static final Digest DIGEST = Digest.sha256(CONTENT);
  private static final String BLOB = "/v2/team/app/blobs/" + DIGEST;

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

  private static byte[] content() {
    var bytes = new byte[300_000];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  private static byte[] part(int from, int to) {
    return Arrays.copyOfRange(CONTENT, from, to);
  }

  private String begun() throws Exception {
    var answer = registry.send("POST", "/v2/team/app/blobs/uploads/", null);
    expect(202, answer);
    return header(answer, "Location");
  }

  private String appended(String location, byte[] bytes) throws Exception {
    var answer = registry.send("PATCH", location, bytes);
    expect(202, answer);
    return header(answer, "Location");
  }

  private void assertStored() throws Exception {
    assertArrayEquals(CONTENT, registry.get(BLOB).body());
    assertEquals(List.of(), registry.uploads("team/app"));
  }

  private void assertNothingStored() throws Exception {
    assertEquals(404, registry.get(BLOB).statusCode());
    assertEquals(List.of(), registry.blobs());
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v2/team/app/blobs/uploads/", "/v2/team/app/blobs/uploads"})
  void begins(String path) throws Exception {
    var answer = registry.send("POST", path, null);

    assertEquals(202, answer.statusCode());
    var id = UUID.fromString(header(answer, "Docker-Upload-UUID"));
    assertEquals(
        List.of("/v2/team/app/blobs/uploads/" + id), answer.headers().allValues("Location"));
    assertEquals("0-0", header(answer, "Range"));
    assertEquals("0", header(answer, "Content-Length"));
    var status = registry.get(header(answer, "Location"));
    assertEquals(204, status.statusCode());
    assertEquals("0-0", header(status, "Range"));
    assertEquals(header(answer, "Location"), header(status, "Location"));
    assertEquals(id.toString(), header(status, "Docker-Upload-UUID"));
    assertNull(headerIfAny(status, "Content-Length"));
  }

  @Test
  void takesABlobInOnePut() throws Exception {
    var put = registry.send("PUT", begun() + "?digest=" + DIGEST, CONTENT);

    assertEquals(201, put.statusCode());
    assertEquals(BLOB, header(put, "Location"));
    assertEquals(DIGEST.toString(), header(put, "Docker-Content-Digest"));
    assertEquals("0", header(put, "Content-Length"));
    assertStored();
  }

  @Test
  void takesABlobInPatches() throws Exception {
    var location = begun();
    var first = registry.send("PATCH", location, part(0, 100_000));
    assertEquals(202, first.statusCode());
    assertEquals("0-99999", header(first, "Range"));
    assertEquals("0-99999", header(registry.get(header(first, "Location")), "Range"));
    location = appended(header(first, "Location"), part(100_000, 100_001));
    location = appended(location, part(100_001, 200_000));

    expect(201, registry.send("PUT", location + "?digest=" + DIGEST, part(200_000, 300_000)));

    assertStored();
  }

  @Test
  void takesChunksInTheirOrder() throws Exception {
    var location = begun();
    var first = registry.send("PATCH", location, part(0, 1000), "Content-Range", "0-999");
    expect(202, first);
    assertEquals("0-999", header(first, "Range"));

    for (var wrong : List.of("0-999", "999-1998", "1001-2000")) {
      var refused = registry.send("PATCH", location, part(0, 1000), "Content-Range", wrong);
      assertEquals(416, refused.statusCode(), wrong);
      assertEquals("RANGE_INVALID", code(refused));
      assertEquals("0-999", header(registry.get(location), "Range"), "nothing was added");
    }
    var late =
        registry.send(
            "PUT", location + "?digest=" + DIGEST, part(0, 1000), "Content-Range", "5000-5999");
    assertEquals(416, late.statusCode());

    expect(202, registry.send("PATCH", location, part(1000, 2000), "Content-Range", "1000-1999"));
    expect(
        201,
        registry.send(
            "PUT",
            location + "?digest=" + DIGEST,
            part(2000, 300_000),
            "Content-Range",
            "2000-299999"));
    assertStored();
  }

  @ParameterizedTest(name = "{0} -> {1} {2}")
  @CsvSource({
    "bytes 0-999,               416, RANGE_INVALID",
    "bytes 0-999/1000,          416, RANGE_INVALID",
    "0-999/1000,                416, RANGE_INVALID",
    "0,                         416, RANGE_INVALID",
    "-1-999,                    416, RANGE_INVALID",
    "a-b,                       416, RANGE_INVALID",
    "0-99999999999999999999,    416, RANGE_INVALID",
    "0-998,                     400, SIZE_INVALID",
    "0-1000,                    400, SIZE_INVALID",
    "999-0,                     400, SIZE_INVALID",
  })
  void refusesAChunkThatContradictsItself(String range, int status, String code) throws Exception {
    var location = begun();
    for (var method : new String[] {"PATCH", "PUT"}) {
      var target = method.equals("PUT") ? location + "?digest=" + DIGEST : location;
      var refused = registry.send(method, target, part(0, 1000), "Content-Range", range);
      assertEquals(status, refused.statusCode());
      assertEquals(code, code(refused));
    }
    assertEquals("0-0", header(registry.get(location), "Range"));
    expect(201, registry.send("PUT", location + "?digest=" + DIGEST, CONTENT));
    assertStored();
  }

  @Test
  void refusesWhatHasAnotherDigestAndStoresNothing() throws Exception {
    var location = appended(begun(), part(0, 1000));
    var put = registry.send("PUT", location + "?digest=" + DIGEST, part(0, 1000));

    assertEquals(400, put.statusCode());
    assertEquals("DIGEST_INVALID", code(put));
    assertNothingStored();
    assertEquals(404, registry.get(location).statusCode(), "the upload is discarded");
    assertEquals(List.of(), registry.uploads("team/app"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "?digest", "?digest=", "?digest=sha256:bad", "?digest=md5:ab", "?x=y"})
  void aPutWithoutADigestKeepsTheUpload(String query) throws Exception {
    var location = appended(begun(), part(0, 1000));

    var put = registry.send("PUT", location + query, part(1000, 2000));

    assertEquals(400, put.statusCode());
    assertEquals("DIGEST_INVALID", code(put));
    assertEquals("0-999", header(registry.get(location), "Range"));
    expect(201, registry.send("PUT", location + "?digest=" + DIGEST, part(1000, 300_000)));
    assertStored();
  }

  /** containerd writes the query anew, in its own order and encoding. */
  @Test
  void findsTheDigestWhereverItStands() throws Exception {
    var query = "?_state=x&digest=" + DIGEST.toString().replace(":", "%3A") + "&a=b";
    expect(201, registry.send("PUT", begun() + query, CONTENT));
    assertStored();
  }

  @Test
  void takesBlobsOfEitherAlgorithm() throws Exception {
    var sha512 = Digest.of("sha512", Digest.hasher("sha512").digest(CONTENT));
    var location = appended(begun(), part(0, 1000));
    expect(201, registry.send("PUT", location + "?digest=" + sha512, part(1000, 300_000)));

    assertArrayEquals(CONTENT, registry.get("/v2/team/app/blobs/" + sha512).body());
  }

  @Test
  void takesTheSameBlobTwice() throws Exception {
    registry.pushBlob("team/app", CONTENT);
    registry.pushBlob("team/app", CONTENT);
    registry.pushBlob("team/other", CONTENT);

    assertStored();
    assertEquals(1, registry.blobs().size());
    assertArrayEquals(CONTENT, registry.get("/v2/team/other/blobs/" + DIGEST).body());
  }

  @Test
  void anUploadOutlivesARestart() throws Exception {
    var location = appended(begun(), part(0, 123_456));
    registry.close();
    registry = RegistryFixture.start(directory);

    assertEquals("0-123455", header(registry.get(location), "Range"));
    expect(201, registry.send("PUT", location + "?digest=" + DIGEST, part(123_456, 300_000)));
    assertStored();
  }

  @Test
  void cancels() throws Exception {
    var location = appended(begun(), part(0, 1000));

    assertEquals(204, registry.send("DELETE", location, null).statusCode());

    assertEquals(List.of(), registry.uploads("team/app"));
    for (var method : new String[] {"GET", "PATCH", "PUT", "DELETE"}) {
      var answer = registry.send(method, location + "?digest=" + DIGEST, new byte[] {1});
      assertEquals(404, answer.statusCode(), method);
      if (!method.equals("GET")) {
        assertEquals("BLOB_UPLOAD_UNKNOWN", code(answer));
      }
    }
    assertNothingStored();
  }

  @Test
  void knowsAnUploadInItsRepositoryOnly() throws Exception {
    var other = begun().replace("team/app", "team/other");
    for (var method : new String[] {"GET", "PATCH", "PUT", "DELETE"}) {
      var answer = registry.send(method, other + "?digest=" + DIGEST, new byte[] {1});
      assertEquals(404, answer.statusCode(), method);
      assertEquals("BLOB_UPLOAD_UNKNOWN", code(answer));
    }
  }

  /** What is there already, or comes with the request, needs no upload. */
  @ParameterizedTest
  @ValueSource(strings = {"?mount=@digest&from=team/other", "?mount=@digest", "?digest=@digest"})
  void endsAtOnce(String query) throws Exception {
    registry.pushBlob("team/other", CONTENT);
    var answer =
        registry.send(
            "POST",
            "/v2/team/app/blobs/uploads/" + query.replace("@digest", DIGEST.toString()),
            query.startsWith("?digest") ? CONTENT : null);

    expect(201, answer);
    assertEquals(BLOB, header(answer, "Location"));
    assertArrayEquals(CONTENT, registry.get(BLOB).body());
  }

  @Test
  void refusesOnePostOfAnotherDigest() throws Exception {
    var answer =
        registry.send("POST", "/v2/team/app/blobs/uploads/?digest=" + DIGEST, part(0, 1000));

    assertEquals(400, answer.statusCode());
    assertEquals("DIGEST_INVALID", code(answer));
    assertNothingStored();
    assertEquals(List.of(), registry.uploads("team/app"));
  }

  @Test
  void writesOnlyWhereImagesArePushed() throws Exception {
    try (var mirror =
        RegistryFixture.start(
            directory.resolve("mirror"),
            RegistryFixture.Options.plain().routing(hosted(registry, "private/")))) {
      var refused = mirror.send("POST", "/v2/library/app/blobs/uploads/", null);
      assertEquals(403, refused.statusCode());
      assertEquals("DENIED", code(refused));
      assertTrue(text(refused).contains("open for push: private/"), text(refused));
      var id = "/v2/library/app/blobs/uploads/" + UUID.randomUUID();
      for (var method : new String[] {"GET", "PATCH", "PUT", "DELETE"}) {
        var answer = mirror.send(method, id + "?digest=" + DIGEST, new byte[] {1});
        assertEquals(403, answer.statusCode(), method);
      }
      var put = mirror.pushManifest("library/app", "1", "{}", "application/json");
      assertEquals(403, put.statusCode());

      expect(202, mirror.send("POST", "/v2/private/app/blobs/uploads/", null));
    }
  }

  private static Routing hosted(RegistryFixture source, String start) {
    return new Routing() {
      @Override
      public Target target(RepositoryName name, @Nullable String namespace) {
        return new Target(
            source.parts().registry().local(), name, name.value().startsWith(start), "");
      }

      @Override
      public String pushRule() {
        return "open for push: " + start;
      }
    };
  }
}
