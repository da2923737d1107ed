package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.Rule;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Readers of what a running download has not reached yet. */
@Timeout(120)
class AheadTest {
  private static final int SIZE = 3_000_000;

  /** Further ahead of a download that has just begun than the rules of the fixture call near. */
  private static final int FAR = 2_900_000;

  private static final int NEAR = 500_000;
  private static final Content LAYER = Content.random(61, SIZE);
  private static final Digest DIGEST = LAYER.digest();
  private static final String BLOB = "/v2/library/app/blobs/" + DIGEST;
  private static final String CDN = "^/cdn/";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final Rule slow = hub.when("GET", CDN).times(1);
  private MirrorFixture mirror;

  @BeforeEach
  void start(@TempDir Path root) {
    hub.repository("library/app").putBlob(LAYER);
    mirror = MirrorFixture.patient(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private double received() {
    return mirror.count("layover.fills.received");
  }

  /** Somebody wants the whole, which hardly comes. */
  private CompletableFuture<HttpResponse<byte[]>> begin() throws Exception {
    slow.throttle(SIZE / 60);
    var whole = mirror.getLater(BLOB);
    Mirror.await("it comes", () -> received() > 0);
    return whole;
  }

  private CompletableFuture<HttpResponse<byte[]>> ask(int from, int length) {
    return mirror.getLater(BLOB, "Range", "bytes=%d-%d".formatted(from, from + length - 1));
  }

  private static void assertPart(
      int from, int length, CompletableFuture<HttpResponse<byte[]>> part) {
    assertEquals(206, part.join().statusCode());
    assertArrayEquals(LAYER.read(from, length).getBytes(), part.join().body());
  }

  private void assertWhole(CompletableFuture<HttpResponse<byte[]>> whole) throws Exception {
    slow.throttle(Long.MAX_VALUE);
    assertEquals(DIGEST, Digest.sha256(whole.join().body()));
    Mirror.await("it is stored", () -> mirror.holds(DIGEST));
    assertEquals(SIZE + mirror.count("layover.fills.passed"), received());
  }

  @Test
  void whatIsFarAheadIsAskedForByItself() throws Exception {
    var whole = begin();
    assertPart(FAR, 1000, ask(FAR, 1000));
    assertFalse(whole.isDone());
    assertEquals(1000, mirror.count("layover.fills.passed", "way", "ahead"));
    var asked = hub.log().requests("GET", CDN);
    assertEquals(2, asked.size());
    assertEquals("bytes=%d-%d".formatted(FAR, FAR + 999), asked.getLast().range());

    assertWhole(whole);
    assertPart(FAR, 1000, ask(FAR, 1000));
    assertEquals(2, hub.count("GET", CDN));
  }

  @Test
  void whatIsNearIsWaitedFor() throws Exception {
    var whole = begin();
    var near = ask(NEAR, 1000);
    assertWhole(whole);
    assertPart(NEAR, 1000, near);
    assertEquals(1, hub.count("GET", CDN));
    assertEquals(0, mirror.count("layover.fills.passed"));
  }

  /** It comes anyway, only later. */
  @Test
  void whatCannotBeHadAheadIsWaitedFor() throws Exception {
    var whole = begin();
    var refused = hub.when("GET", CDN).status(500);
    var far = ask(FAR, 1000);
    Mirror.await("it is refused", () -> refused.hits() == 1);
    assertFalse(far.isDone());
    assertWhole(whole);
    assertPart(FAR, 1000, far);
    assertEquals(2, hub.count("GET", CDN));
  }

  /** Clients give up when they hear nothing for long; so they hear what is known. */
  @Test
  void headersDoNotWaitForTheBody() throws Exception {
    slow.stallAfter(0);
    try (var first = mirror.open(BLOB);
        var second = mirror.open(BLOB)) {
      for (var reader : List.of(first, second)) {
        var head = RawReader.head(reader.getInputStream());
        assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n"), head);
        assertTrue(head.contains("Content-Length: " + SIZE + "\r\n"), head);
      }
      assertEquals(0, received());
    }
    assertEquals(1, hub.count("GET", CDN));
  }
}
