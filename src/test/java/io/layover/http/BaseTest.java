package io.layover.http;

import static io.layover.http.RegistryFixture.code;
import static io.layover.http.RegistryFixture.header;
import static io.layover.http.RegistryFixture.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every path, and for those where nothing is. */
@Timeout(60)
class BaseTest {
  private static final String ABSENT = "sha256:" + "a".repeat(64);

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

  @ParameterizedTest
  @ValueSource(strings = {"/v2", "/v2/", "/v2/?ns=docker.io", "/v2?a=b"})
  void answersTheBase(String path) throws Exception {
    var got = registry.get(path);
    assertEquals(200, got.statusCode());
    assertEquals("{}", text(got));
    assertEquals("application/json", header(got, "Content-Type"));
    assertEquals("registry/2.0", header(got, "Docker-Distribution-API-Version"));

    var head = registry.head(path);
    assertEquals(200, head.statusCode());
    assertEquals("registry/2.0", header(head, "Docker-Distribution-API-Version"));
    assertEquals(0, head.body().length);
  }

  @Test
  void answersTheRoot() throws Exception {
    var got = registry.get("/");
    assertEquals(200, got.statusCode());
    assertEquals("", text(got));
    assertEquals("no-cache", header(got, "Cache-Control"));
  }

  @ParameterizedTest(name = "{0} {1} -> {2} {3}")
  @CsvSource({
    "GET,    /favicon.ico,                       404, NAME_UNKNOWN",
    "GET,    /v1/,                               404, NAME_UNKNOWN",
    "GET,    /v2x,                               404, NAME_UNKNOWN",
    "GET,    /v2/app,                            404, NAME_UNKNOWN",
    "GET,    /v2/app/,                           404, NAME_UNKNOWN",
    "GET,    /v2/app/nothing/here,               404, NAME_UNKNOWN",
    "GET,    /v2/app/manifests,                  404, NAME_UNKNOWN",
    "GET,    /v2/app/manifests/,                 404, NAME_UNKNOWN",
    "GET,    /v2/app/blobs/,                     404, NAME_UNKNOWN",
    "GET,    /v2//manifests/a,                   404, NAME_UNKNOWN",
    "GET,    /v2/app/tags,                       404, NAME_UNKNOWN",
    "GET,    /v2/_catalog/x,                     404, NAME_UNKNOWN",
    "GET,    /v2/app/blobs/@absent,              404, BLOB_UNKNOWN",
    "GET,    /v2/app/manifests/@absent,          404, MANIFEST_UNKNOWN",
    "GET,    /v2/app/manifests/latest,           404, MANIFEST_UNKNOWN",
    "GET,    /v2/app/tags/list,                  404, NAME_UNKNOWN",
    "GET,    /v2/blobs/blobs/@absent,            404, BLOB_UNKNOWN",
    "GET,    /v2/a/blobs/uploads/blobs/@absent,  404, BLOB_UNKNOWN",
    "GET,    /v2/a/manifests/manifests/latest,   404, MANIFEST_UNKNOWN",
    "GET,    /v2/v2/v2/manifests/latest,         404, MANIFEST_UNKNOWN",
    "DELETE, /v2/,                               405, UNSUPPORTED",
    "POST,   /v2/app/manifests/latest,           405, UNSUPPORTED",
    "PATCH,  /v2/app/manifests/latest,           405, UNSUPPORTED",
    "PUT,    /v2/app/blobs/@absent,              405, UNSUPPORTED",
    "POST,   /v2/app/blobs/@absent,              405, UNSUPPORTED",
    "POST,   /v2/app/tags/list,                  405, UNSUPPORTED",
    "PUT,    /v2/_catalog,                       405, UNSUPPORTED",
    "PROPFIND, /v2/,                             405, UNSUPPORTED",
    "GET,    /v2/App/manifests/latest,           400, NAME_INVALID",
    "GET,    /v2/app-/manifests/latest,          400, NAME_INVALID",
    "GET,    /v2/a___b/blobs/@absent,            400, NAME_INVALID",
    "GET,    /v2/_app/tags/list,                 400, NAME_INVALID",
    "GET,    /v2/app/blobs/sha256:bad,           400, DIGEST_INVALID",
    "GET,    /v2/app/blobs/sha256,               400, DIGEST_INVALID",
    "GET,    /v2/app/blobs/md5:abcd,             400, DIGEST_INVALID",
    "GET,    /v2/app/manifests/sha256:bad,       400, DIGEST_INVALID",
    "GET,    /v2/app/manifests/-bad,             400, TAG_INVALID",
    "GET,    /v2/app/manifests/a%2Fb,            400, TAG_INVALID",
    "PUT,    /v2/app/manifests/-bad,             400, TAG_INVALID",
    "PUT,    /v2/app/manifests/sha256:bad,       400, DIGEST_INVALID",
    "POST,   /v2/APP/blobs/uploads/,             400, NAME_INVALID",
    "GET,    /v2/app/blobs/uploads/no-id,        404, BLOB_UPLOAD_UNKNOWN",
    "GET,    /v2/app/blobs/uploads/..%2F..%2Fx,  404, BLOB_UPLOAD_UNKNOWN",
    "PATCH,  /v2/app/blobs/uploads/no-id,        404, BLOB_UPLOAD_UNKNOWN",
    "DELETE, /v2/app/blobs/uploads/no-id,        404, BLOB_UPLOAD_UNKNOWN",
  })
  void answersErrorsInTheSpecificationsForm(String method, String path, int status, String code)
      throws Exception {
    var answer = registry.send(method, path.replace("@absent", ABSENT), null);

    assertEquals(status, answer.statusCode(), text(answer));
    assertEquals(code, code(answer));
    assertEquals("application/json", header(answer, "Content-Type"));
    assertEquals("registry/2.0", header(answer, "Docker-Distribution-API-Version"));
    assertEquals(Integer.toString(answer.body().length), header(answer, "Content-Length"));
    assertFalse(text(answer).contains(directory.toString()), text(answer));
    assertFalse(text(answer).contains("java."), text(answer));
  }

  /** As they arrive: no client's library would send some of these. */
  @ParameterizedTest(name = "{0} -> {1} {2}")
  @CsvSource({
    "/v2/app%zz/manifests/latest,       400, NAME_INVALID",
    "/v2/app%/manifests/latest,         400, NAME_INVALID",
    "/v2/app%2/manifests/latest,        400, NAME_INVALID",
    "/v2/app%00/manifests/latest,       400, NAME_INVALID",
    "/v2/app%0a/manifests/latest,       400, NAME_INVALID",
    "/v2/app%c3%28/manifests/latest,    400, NAME_INVALID",
    "/v2/app/manifests/%e0%a4%a,        400, NAME_INVALID",
    "/v2/app/manifests/%ff,             400, TAG_INVALID",
    "/v2/app/manifests/a%20b,           400, TAG_INVALID",
    "/v2/..%2f..%2fetc/manifests/a,     400, NAME_INVALID",
    "/v2/app/../../../etc/passwd,       404, NAME_UNKNOWN",
    "/v2/%2e%2e/%2e%2e/etc/passwd,      404, NAME_UNKNOWN",
    "/v2/app/tags/list?n=%zz,           400, NAME_INVALID",
    "/v2/_catalog?last=%,               400, NAME_INVALID",
    "/v2/app/manifests/latest?ns=%g1,   400, NAME_INVALID",
    "v2/,                               404, NAME_UNKNOWN",
  })
  void refusesMalformedTargets(String target, int status, String code) throws Exception {
    try (var connection = registry.connect()) {
      var answer = connection.request("GET", target).read();

      assertEquals(status, answer.status(), answer.body());
      assertEquals(code, code(answer.body()));
      assertEquals(200, connection.request("GET", "/v2/").read().status(), "the next is served");
    }
  }

  @Test
  void refusesARequestWithoutHost() throws Exception {
    try (var connection = registry.connect()) {
      var answer = connection.send("GET /v2/ HTTP/1.1\r\n\r\n").read();

      assertEquals(400, answer.status(), answer.body());
      assertEquals("NAME_INVALID", code(answer.body()));
    }
  }

  @Test
  void refusesWhatIsNotHttp() throws Exception {
    try (var connection = registry.connect()) {
      var answer = connection.send("\u0016\u0003\u0001 hello\r\n\r\n").read();

      assertEquals(400, answer.status());
      assertEquals("UNSUPPORTED", code(answer.body()));
      connection.awaitEnd();
    }
  }

  @ParameterizedTest(name = "{0} allows {1}")
  @CsvSource({
    "/v2/,                            GET HEAD",
    "/v2/app/manifests/latest,        DELETE GET HEAD PUT",
    "/v2/app/blobs/@absent,           DELETE GET HEAD",
    "/v2/app/blobs/uploads/,          POST",
    "/v2/app/tags/list,               GET",
    "/v2/_catalog,                    GET",
  })
  void saysWhichMethodsAreAllowed(String path, String methods) throws Exception {
    var answer = registry.send("TRACK", path.replace("@absent", ABSENT), null);

    assertEquals(405, answer.statusCode());
    assertEquals(
        new TreeSet<>(Arrays.asList(methods.split(" ", -1))),
        new TreeSet<>(Arrays.asList(header(answer, "Allow").split(", ?", -1))));
  }

  @Test
  void headOfWhatIsAbsentHasAStatusButNoBody() throws Exception {
    for (var path : List.of("/v2/app/manifests/latest", "/v2/app/blobs/" + ABSENT, "/v2/x")) {
      var answer = registry.head(path);
      assertEquals(404, answer.statusCode());
      assertEquals(0, answer.body().length);
    }
    assertEquals(400, registry.head("/v2/app/blobs/sha256:bad").statusCode());
  }

  @Test
  void everyAnswerCarriesTheConfiguredHeaders() throws Exception {
    var options =
        RegistryFixture.Options.plain()
            .headers(
                Map.of("X-Content-Type-Options", List.of("nosniff"), "X-Two", List.of("a", "b")));
    try (var other = RegistryFixture.start(directory, options)) {
      for (var path : List.of("/v2/", "/", "/nothing", "/v2/app/manifests/latest")) {
        var answer = other.get(path);
        assertEquals("nosniff", header(answer, "X-Content-Type-Options"));
        assertEquals(List.of("a", "b"), answer.headers().allValues("X-Two"));
      }
    }
  }

  @Test
  void standsBehindAPrefix() throws Exception {
    var options = RegistryFixture.Options.plain().prefix("/hub.v1/r/");
    try (var other = RegistryFixture.start(directory, options)) {
      assertEquals(200, other.get("/hub.v1/r/v2/").statusCode());
      assertEquals(200, other.get("/hub.v1/r/v2").statusCode());
      assertEquals(404, other.get("/v2/").statusCode());
      assertEquals(404, other.get("/hubxv1/r/v2/").statusCode());

      var text = other.pushImage("team/app", "1.0", new byte[] {1, 2, 3});
      var put = other.pushManifest("team/app", "2.0", text, MediaTypes.OCI_MANIFEST);
      assertEquals(
          "/hub.v1/r/v2/team/app/manifests/" + Digest.sha256(text), header(put, "Location"));
      assertEquals(text, text(other.get(header(put, "Location"))));
      var listed = other.get("/hub.v1/r/v2/team/app/tags/list?n=1");
      assertEquals(
          "</hub.v1/r/v2/team/app/tags/list?n=1&last=1.0>; rel=\"next\"", header(listed, "Link"));
    }
  }

  @Test
  void servesPipelinedRequestsInOrder() throws Exception {
    try (var connection = registry.connect()) {
      connection.request("GET", "/v2/").request("GET", "/nothing").request("GET", "/v2/");

      assertEquals(200, connection.read().status());
      assertEquals(404, connection.read().status());
      assertEquals(200, connection.read().status());
    }
  }

  /** A body that nobody wants must not stand in the way of the next request. */
  @ParameterizedTest(name = "{0} {1} with {2} bytes")
  @CsvSource({
    "GET,  /v2/,                        10",
    "GET,  /v2/,                        200000",
    "POST, /v2/app/blobs/uploads/,      200000",
    "PUT,  /v2/app/manifests/-bad,      200000",
    "PUT,  /nothing,                    200000",
    "PUT,  /v2/,                        200000",
  })
  void goesOnAfterABodyThatNobodyReads(String method, String target, int size) throws Exception {
    try (var connection = registry.connect()) {
      connection
          .send(
              "%s %s HTTP/1.1\r\nHost: registry\r\nContent-Length: %d\r\n\r\n"
                  .formatted(method, target, size))
          .send(new byte[size]);
      assertTrue(connection.read().status() < 500);

      assertEquals(200, connection.request("GET", "/v2/").read().status());
    }
  }
}
