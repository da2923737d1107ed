package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.layover.standin.Rule;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An upstream that does anything to the request for a blob: what the client sees, that nothing is
 * stored, and that the next request is none the worse for it.
 */
class BlobFaultsTest {
  private static final int SIZE = 300_000;
  private static final String MANIFEST = "/v2/library/app/manifests/latest";

  /** Where the registry answers; it redirects. */
  private static final String REGISTRY = "^/v2/.*/blobs/";

  /** Where the bytes come from. */
  private static final String CDN = "^/cdn/";

  private static final Map<String, Consumer<Rule>> FAULTS =
      Map.ofEntries(
          Map.entry("401", Rule::unauthorized),
          Map.entry("403", rule -> rule.status(403)),
          Map.entry("404", rule -> rule.status(404)),
          Map.entry("410", rule -> rule.status(410)),
          Map.entry("416", rule -> rule.status(416)),
          Map.entry("429 json", Rule::pullLimit),
          Map.entry("429 text", rule -> rule.abuseLimit(60)),
          Map.entry("429 odd", rule -> rule.status(429).header("Retry-After", "soon, or later")),
          Map.entry("500", rule -> rule.status(500)),
          Map.entry("503", rule -> rule.status(503)),
          Map.entry("204", rule -> rule.status(204)),
          Map.entry("206", rule -> rule.status(206)),
          Map.entry("closes", Rule::close),
          Map.entry("hangs", Rule::hang),
          Map.entry("loops", Rule::redirectLoop),
          Map.entry("redirects to a file", rule -> rule.redirect("file:///etc/passwd")),
          Map.entry("redirects without host", rule -> rule.redirect("http:///x")),
          Map.entry("redirects to port 99999", rule -> rule.redirect("http://127.0.0.1:99999/x")),
          Map.entry("redirects to nothing", rule -> rule.status(307)),
          Map.entry("redirects to blanks", rule -> rule.redirect("ht tp://x y/")),
          Map.entry("redirects to nobody", rule -> rule.redirect("http://127.0.0.1:1/x")),
          Map.entry("gzip", rule -> rule.header("Content-Encoding", "gzip")),
          Map.entry("stalls", rule -> rule.stallAfter(SIZE / 2)),
          Map.entry("stalls at once", rule -> rule.stallAfter(0)),
          Map.entry("cut", rule -> rule.cutAfter(SIZE / 2)),
          Map.entry("cut at once", rule -> rule.cutAfter(0)),
          Map.entry("cut at the end", rule -> rule.cutAfter(SIZE - 1)),
          Map.entry("reset", rule -> rule.resetAfter(SIZE / 2)),
          Map.entry("announces more", rule -> rule.announceMore(5)),
          Map.entry("announces less", rule -> rule.announceMore(-5)),
          Map.entry("wrong bytes", rule -> rule.corrupt(SIZE / 2)),
          Map.entry("wrong first byte", rule -> rule.corrupt(0)),
          Map.entry("wrong last byte", rule -> rule.corrupt(SIZE - 1)),
          Map.entry("chunked and wrong", rule -> rule.chunked().corrupt(10)),
          Map.entry("chunked and cut", rule -> rule.chunked().cutAfter(SIZE / 2)),
          Map.entry("something else", rule -> rule.replaceWith(SIZE)),
          Map.entry("endless", Rule::endless));

  @TempDir static Path root;
  private static Vertx vertx;
  private static HubStandIn hub;
  private static MirrorFixture mirror;
  private static long seed = 7000;

  /** Another one for each test, unknown to the mirror. */
  private final Image image = Images.oci(seed++, 1, SIZE);

  private final Digest layer = image.layer();
  private final String blob = "/v2/library/app/blobs/" + layer;
  private final byte[] bytes = image.blob(layer).read(0, SIZE).getBytes();

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    hub = HubStandIn.start(vertx);
    mirror = MirrorFixture.impatient(hub.url(), root);
  }

  @BeforeEach
  void put() {
    hub.behave();
    hub.log().clear();
    hub.repository("library/app").put("latest", image);
  }

  @AfterAll
  static void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private void apply(String fault, String path) {
    Objects.requireNonNull(FAULTS.get(fault), fault).accept(hub.when("GET", path));
  }

  private void assertNothingIsLeftAndTheNextOneWorks() throws Exception {
    Mirror.await(
        "the fill is gone",
        () -> {
          try {
            return mirror.parts() == 0;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    assertFalse(mirror.holds(layer));
    hub.behave();
    assertArrayEquals(bytes, mirror.get(blob).body());
    Mirror.await("stored", () -> mirror.holds(layer));
  }

  @ParameterizedTest(name = "{0} -> {1} {2}")
  @CsvSource({
    "401, 404, BLOB_UNKNOWN",
    "403, 404, BLOB_UNKNOWN",
    "404, 404, BLOB_UNKNOWN",
    "410, 404, BLOB_UNKNOWN",
    "416, 502, UNAVAILABLE",
    "429 json, 429, TOOMANYREQUESTS",
    "429 text, 429, TOOMANYREQUESTS",
    "429 odd, 429, TOOMANYREQUESTS",
    "500, 502, UNAVAILABLE",
    "503, 502, UNAVAILABLE",
    "204, 502, UNAVAILABLE",
    "206, 502, UNAVAILABLE",
    "closes, 502, UNAVAILABLE",
    "hangs, 502, UNAVAILABLE",
    "loops, 502, UNAVAILABLE",
    "redirects to a file, 502, UNAVAILABLE",
    "redirects without host, 502, UNAVAILABLE",
    "redirects to port 99999, 502, UNAVAILABLE",
    "redirects to nothing, 502, UNAVAILABLE",
    "redirects to blanks, 502, UNAVAILABLE",
    "redirects to nobody, 502, UNAVAILABLE",
  })
  void theRegistryRefuses(String fault, int status, String code) throws Exception {
    apply(fault, REGISTRY);
    var answer = mirror.get(blob);
    var text = new String(answer.body(), StandardCharsets.UTF_8);
    assertEquals(status, answer.statusCode(), text);
    assertTrue(text.contains('"' + code + '"'), text);
    assertFalse(text.contains("Exception") || text.contains("127.0.0.1"), text);
    var wait = Mirror.header(answer, "Retry-After");
    assertEquals(fault.equals("429 text") ? "60" : status == 429 ? "1" : null, wait);
    assertTrue(hub.requests().size() < 14, hub.requests()::toString);
    if (status == 429) {
      // The next one works when the limit is forgotten.
      mirror.close();
      mirror = MirrorFixture.impatient(hub.url(), root);
    }
    assertNothingIsLeftAndTheNextOneWorks();
  }

  @ParameterizedTest
  @ValueSource(strings = {"403", "404", "500", "hangs", "closes", "gzip", "loops"})
  void theOtherHostRefuses(String fault) throws Exception {
    apply(fault, CDN);
    var absent = fault.startsWith("40");
    assertEquals(absent ? 404 : 502, mirror.get(blob).statusCode());
    assertNothingIsLeftAndTheNextOneWorks();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "stalls at once",
        "cut at once",
        "announces more",
        "announces less",
        "wrong bytes",
        "wrong first byte",
        "wrong last byte",
        "chunked and wrong",
        "something else",
      })
  void theBodyIsNotWhatItShouldBe(String fault) throws Exception {
    apply(fault, CDN);
    assertBroken();
    assertNothingIsLeftAndTheNextOneWorks();
  }

  @ParameterizedTest
  @ValueSource(strings = {"stalls", "cut", "cut at the end", "reset", "chunked and cut"})
  void theBodyBreaksOffAndGoesOn(String fault) throws Exception {
    apply(fault, CDN);
    assertArrayEquals(bytes, mirror.get(blob).body());
    Mirror.await("stored", () -> mirror.holds(layer));
    assertEquals(0, mirror.parts());
  }

  /** The head comes, then a part of the body, and never a clean end. */
  private void assertBroken() throws Exception {
    try (var reader = mirror.open(blob)) {
      var in = reader.getInputStream();
      var head = RawReader.head(in);
      assertTrue(head.startsWith("HTTP/1.1 200"), head);
      var body = RawReader.rest(in);
      var text = new String(body, StandardCharsets.ISO_8859_1);
      if (head.contains("chunked")) {
        assertFalse(text.endsWith("\r\n0\r\n\r\n"), "the last chunk was sent");
      } else {
        assertTrue(body.length < SIZE - 5, "bytes: " + body.length);
      }
    }
  }

  /** A manifest said how many bytes the blob has, so a lie about that is refused at once. */
  @ParameterizedTest
  @ValueSource(strings = {"announces more", "announces less"})
  void aSizeThatContradictsTheManifestIsRefused(String fault) throws Exception {
    assertEquals(200, mirror.get(MANIFEST).statusCode());
    apply(fault, CDN);
    assertEquals(502, mirror.get(blob).statusCode());
    assertNothingIsLeftAndTheNextOneWorks();
  }

  @Test
  void anEndlessBodyIsCutOffAtTheSizeTheManifestGives() throws Exception {
    assertEquals(200, mirror.get(MANIFEST).statusCode());
    apply("endless", CDN);
    assertBroken();
    assertNothingIsLeftAndTheNextOneWorks();
    assertTrue(hub.bytesSent() < 64 << 20, "bytes sent: " + hub.bytesSent());
  }

  @Test
  void aBodyOfUnknownLengthHasTheManifestsSize() throws Exception {
    assertEquals(200, mirror.get(MANIFEST).statusCode());
    hub.when("GET", CDN).chunked().throttle(SIZE * 2);
    var whole = mirror.getLater(blob);
    Mirror.await("the fill runs", () -> hub.count("GET", CDN) == 1);
    var part = mirror.get(blob, "Range", "bytes=-10");
    assertEquals(206, part.statusCode());
    assertEquals(10, part.body().length);
    assertEquals(Integer.toString(SIZE), Mirror.header(whole.join(), "Content-Length"));
    assertArrayEquals(bytes, whole.join().body());
  }

  @Test
  void slowIsNotSilent() throws Exception {
    hub.when("GET", CDN).throttle(SIZE);
    assertArrayEquals(bytes, mirror.get(blob).body());
  }

  /** The disk is not ready when the body breaks; the break must not be lost. */
  @Test
  void aBreakBeforeAnyoneListensIsNoticed() throws Exception {
    hub.when("GET", CDN).latency(Duration.ofMillis(300)).cutAfter(0);
    try (var reader = mirror.open(blob);
        var held = new HeldDisk()) {
      Mirror.await("the blob is asked for", () -> hub.count("GET", CDN) == 1);
      held.hold();
      Mirror.await("it is cut", () -> hub.log().only("GET", CDN).status() == 200);
      // The mirror has to see it, too, and nothing shows that.
      Thread.sleep(100);
      held.release();
      RawReader.rest(reader.getInputStream());
    }
    assertNothingIsLeftAndTheNextOneWorks();
  }

  /** Every disk thread waits. */
  private static final class HeldDisk implements AutoCloseable {
    private final java.util.concurrent.CountDownLatch latch =
        new java.util.concurrent.CountDownLatch(1);

    void hold() {
      for (var i = 0; i < 4; i++) {
        mirror.disk.run(
            () -> {
              latch.await();
              return null;
            });
      }
    }

    void release() {
      latch.countDown();
    }

    @Override
    public void close() {
      release();
    }
  }

  @Test
  void headsOfBlobsNeedNoUpstreamOnceAManifestIsKnown() throws Exception {
    mirror.get(MANIFEST);
    assertHeadWithoutUpstream();
    // After a restart the stored manifest says it again.
    mirror.close();
    mirror = MirrorFixture.impatient(hub.url(), root);
    mirror.get(MANIFEST);
    assertHeadWithoutUpstream();
  }

  private void assertHeadWithoutUpstream() throws Exception {
    var head = mirror.get("HEAD " + blob);
    assertEquals(200, head.statusCode());
    assertEquals(Integer.toString(SIZE), Mirror.header(head, "Content-Length"));
    assertEquals("Layover; fwd=uri-miss", Mirror.header(head, "Cache-Status"));
    assertEquals(0, hub.count("HEAD", "/blobs/|/cdn/"));
  }
}
