package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every answer to a pull says how it came about, and describes what it has; each way there is, from
 * the pull to the header.
 */
class CacheStatusTest {
  private static final int SIZE = 50_000;
  private static final Image IMAGE = Images.oci(61, 1, SIZE);
  private static final String TAG = "/v2/library/app/manifests/latest";
  private static final String DIGEST = "/v2/library/app/manifests/" + IMAGE.digest();
  private static final String BLOB = "/v2/library/app/blobs/" + IMAGE.layer();

  /** A list of one member, whose parameters are tokens and integers (RFC 9211, 2; RFC 9651). */
  private static final Pattern MEMBER =
      Pattern.compile("Layover(; [a-z][a-z-]*(=([0-9]{3}|[a-z][a-z-]*))?)+");

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);

  @TempDir Path root;
  private Mirror mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    mirror = Mirror.of(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  /** What the answer to a pull says, after looking at everything else that it must say. */
  private static String status(HttpResponse<byte[]> answer) {
    var status = Objects.requireNonNull(header(answer, "Cache-Status"), answer::toString);
    assertTrue(MEMBER.matcher(status).matches(), status);
    assertEquals(1, answer.headers().allValues("Cache-Status").size());
    var hosted = status.endsWith("detail=hosted");
    assertEquals(hosted ? null : "docker.io", header(answer, "OCI-Namespace"));
    assertEquals(
        status.contains("fwd=stale") && answer.statusCode() < 400,
        header(answer, "Warning") != null,
        "a warning: " + status);
    if (answer.statusCode() < 300) {
      describes(answer);
    }
    return status;
  }

  private static void describes(HttpResponse<byte[]> answer) {
    var digest = header(answer, "Docker-Content-Digest");
    assertNotNull(digest);
    assertEquals('"' + digest + '"', header(answer, "ETag"));
    assertTrue(answer.uri().getPath().matches(".*/(" + digest + "|latest|1)"), digest);
    var length = header(answer, "Content-Length");
    if (answer.request().method().equals("HEAD")) {
      assertTrue(Integer.parseInt(String.valueOf(length)) > 0);
    } else {
      assertEquals(Integer.toString(answer.body().length), length);
    }
    if (answer.uri().getPath().contains("/blobs/")) {
      assertEquals("bytes", header(answer, "Accept-Ranges"));
    }
  }

  private String pull(String path, String... headers) throws Exception {
    return status(mirror.get(path, headers));
  }

  @Test
  void fetchedStoredAndFound() throws Exception {
    assertEquals("Layover; fwd=uri-miss", pull("HEAD " + TAG));
    assertEquals("Layover; fwd=uri-miss; stored", pull(TAG));
    assertEquals("Layover; hit; detail=revalidated", pull(TAG));
    assertEquals("Layover; hit; detail=revalidated", pull("HEAD " + TAG));
    assertEquals("Layover; hit", pull(DIGEST));
    assertEquals("Layover; hit", pull("HEAD " + DIGEST));

    assertEquals("Layover; fwd=uri-miss", pull("HEAD " + BLOB));
    assertEquals("Layover; fwd=uri-miss; stored", pull(BLOB));
    Mirror.await("stored", () -> mirror.holds(IMAGE.layer()));
    assertEquals("Layover; hit", pull(BLOB));
    assertEquals("Layover; hit", pull("HEAD " + BLOB));
    assertEquals(1, hub.count("GET", "^/cdn/"));
  }

  @ParameterizedTest(name = "{0}: {1} -> {2}")
  @CsvSource({
    "Range, bytes=5-9, 206",
    "Range, 'bytes=1-2,5-9', 206",
    "Range, bytes=50000-, 416",
    "If-None-Match, *, 304",
  })
  void partsAndWhatIsKnown(String name, String value, int code) throws Exception {
    pull(BLOB);
    Mirror.await("stored", () -> mirror.holds(IMAGE.layer()));
    var answer = mirror.get(BLOB, name, value);
    assertEquals(code, answer.statusCode());
    assertEquals("Layover; hit", status(answer));
    if (code == 304) {
      mirror.get(TAG);
      var manifest = mirror.get(TAG, name, value);
      assertEquals(code, manifest.statusCode());
      assertEquals("Layover; hit; detail=revalidated", status(manifest));
      assertEquals(IMAGE.digest().toString(), header(manifest, "Docker-Content-Digest"));
    }
  }

  @Test
  void oneFetchForTwo() throws Exception {
    pull(TAG);
    hub.when("GET", "^/cdn/").throttle(SIZE / 2);
    var first = mirror.getLater(BLOB);
    Mirror.await("it is fetched", () -> hub.count("GET", "^/cdn/") == 1);
    assertEquals("Layover; fwd=uri-miss; collapsed", pull(BLOB));
    assertEquals("Layover; fwd=uri-miss; stored", status(first.join()));
    assertEquals(1, hub.count("GET", "^/cdn/"));
  }

  @Test
  void staleWithAWarning() throws Exception {
    pull(TAG);
    hub.when("HEAD", "/manifests/").pullLimit();
    var limited = mirror.get(TAG);
    assertEquals("Layover; fwd=stale; fwd-status=429; detail=limited", status(limited));
    assertTrue(
        String.valueOf(header(limited, "Warning"))
            .matches(
                "299 - \"may be out of date, last confirmed [0-9TZ:-]+: docker.io limits"
                    + " requests\""),
        header(limited, "Warning"));
    mirror.restart();
    hub.behave();
    hub.when("HEAD", "/manifests/").status(503);
    assertEquals("Layover; fwd=stale; fwd-status=503; detail=upstream-failed", pull(TAG));
    mirror.restart();
    hub.close();
    assertEquals("Layover; fwd=stale; detail=upstream-failed", pull(TAG));
    assertEquals("Layover; fwd=stale; detail=upstream-failed", pull("HEAD " + TAG));
  }

  @ParameterizedTest(name = "{0} -> {1} {2}")
  @CsvSource({
    "404, 404, Layover; fwd=uri-miss; fwd-status=404; detail=absent",
    "429, 429, Layover; fwd=uri-miss; fwd-status=429; detail=limited",
    "500, 502, Layover; fwd=uri-miss; fwd-status=500; detail=upstream-failed",
  })
  void whatCannotBeHad(int upstream, int status, String expected) throws Exception {
    hub.when(".*", "^/v2/.*/(manifests|blobs)/").status(upstream);
    for (var path : new String[] {TAG, "HEAD " + TAG, BLOB}) {
      var answer = mirror.get(path);
      assertEquals(status, answer.statusCode());
      if (upstream != 429 || path.equals(TAG)) {
        assertEquals(expected, status(answer));
      } else {
        assertTrue(status(answer).endsWith("; fwd-status=429; detail=limited"));
      }
    }
  }

  @Test
  void whatIsNotAskedFor() throws Exception {
    mirror.close();
    mirror =
        Mirror.of(
            "",
            root,
            "REGISTRY_PROXY_NEGATIVETTL",
            "1h",
            "REGISTRY_PROXY_UPSTREAMS",
            "[{name: docker.io, remoteurl: '%s', default: true, deny: ['evil/**']}]"
                .formatted(hub.url()));
    var absent = "/v2/library/app/manifests/absent";
    assertEquals("Layover; fwd=uri-miss; fwd-status=404; detail=absent", pull(absent));
    assertEquals("Layover; hit; detail=negative", pull(absent));
    assertEquals("Layover; fwd=uri-miss; detail=denied", pull("/v2/evil/app/manifests/1"));
    assertEquals(0, hub.count(".*", "/evil/"));
    mirror.get(TAG);
    mirror.close();
    mirror = Mirror.of(hub.url(), root, "REGISTRY_PROXY_OFFLINE", "true");
    assertEquals("Layover; fwd=stale; detail=offline", pull(TAG));
    assertEquals("Layover; fwd=uri-miss; detail=offline", pull(absent));
    assertEquals("Layover; hit", pull(DIGEST));
  }

  @Test
  void whatWasPushedHere() throws Exception {
    var config = IMAGE.blob(IMAGE.config());
    for (var digest : IMAGE.blobs().keySet()) {
      var bytes = IMAGE.blob(digest).read(0, (int) IMAGE.blob(digest).size()).getBytes();
      push("POST", "/v2/private/app/blobs/uploads/?digest=" + digest, "", bytes);
    }
    push("PUT", "/v2/private/app/manifests/1", Images.OCI_MANIFEST, IMAGE.manifest().getBytes());
    assertEquals("Layover; hit; detail=hosted", pull("/v2/private/app/manifests/1"));
    assertEquals("Layover; hit; detail=hosted", pull("HEAD /v2/private/app/manifests/1"));
    var blob = mirror.get("/v2/private/app/blobs/" + IMAGE.config());
    assertEquals("Layover; hit; detail=hosted", status(blob));
    assertEquals(config.size(), blob.body().length);
    assertEquals(IMAGE.config(), Digest.sha256(blob.body()));
    assertNull(header(blob, "Warning"));
    assertEquals(0, hub.count(".*", "/private/"));
  }

  private void push(String method, String path, String type, byte[] body) throws Exception {
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mirror.port() + path))
              .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
      if (!type.isEmpty()) {
        request.header("Content-Type", type);
      }
      assertEquals(201, http.send(request.build(), BodyHandlers.discarding()).statusCode());
    }
  }
}
