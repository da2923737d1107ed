package io.layover.upstream;

import static io.layover.Mirror.await;
import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a cached tag is answered, and what ends that. */
class FreshnessTest {
  private static final Image IMAGE = Images.tiny(1);
  private static final Image OTHER = Images.tiny(2);
  private static final String TAG = "/v2/library/app/manifests/latest";
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration NEVER = Duration.ofHours(1);

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HandTime time = new HandTime();

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    mirror = mirror(new Freshness(Duration.ZERO, DAY, NEVER, Duration.ofSeconds(10), 5));
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private MirrorFixture mirror(Freshness freshness) {
    var upstream = MirrorFixture.upstream(hub.url(), null, freshness);
    return MirrorFixture.of(upstream, root, Patience.DEFAULT, time);
  }

  private void restart(Freshness freshness) {
    mirror.close();
    mirror = mirror(freshness);
  }

  private static Freshness answerWithin(Duration limit) {
    return new Freshness(Duration.ZERO, DAY, limit, Duration.ZERO, 5);
  }

  private long heads() {
    return hub.log().requests("HEAD", "/manifests/latest").stream()
        .filter(request -> request.status() == 200)
        .count();
  }

  private Path link() {
    return root.resolve(
        "docker/registry/v2/repositories/library/app/_manifests/tags/latest/current/link");
  }

  private static void assertIs(Image image, HttpResponse<byte[]> answer) {
    assertEquals(200, answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
    assertArrayEquals(image.manifest().getBytes(), answer.body());
  }

  @Test
  void aSlowUpstreamIsWaitedForInTheBackground() throws Exception {
    mirror.get(TAG);
    hub.repository("library/app").put("latest", OTHER);
    hub.when("HEAD", "/manifests/").latency(Duration.ofSeconds(1));
    restart(answerWithin(Duration.ofMillis(50)));

    var first = mirror.get(TAG);
    assertIs(IMAGE, first);
    assertEquals("Layover; fwd=stale; detail=slow", header(first, "Cache-Status"));
    assertTrue(
        String.valueOf(header(first, "Warning"))
            .matches(
                "299 - \"may be out of date, last confirmed 20\\S+Z: docker.io takes long to"
                    + " answer\""),
        header(first, "Warning"));

    await("fetched behind it", () -> hub.count("GET", "/manifests/" + OTHER.digest()) == 1);
    hub.behave();
    await(
        "the new one is answered",
        () -> Arrays.equals(OTHER.manifest().getBytes(), mirror.getLater(TAG).join().body()));
    assertEquals(1, hub.count("GET", "/manifests/" + OTHER.digest()));
  }

  @Test
  void whileItIsLateNobodyElseWaits() throws Exception {
    mirror.get(TAG);
    hub.when("HEAD", "/manifests/").hang();
    restart(answerWithin(Duration.ofMillis(50)));

    Stream.generate(() -> mirror.getLater(TAG)).limit(20).toList().stream()
        .map(CompletableFuture::join)
        .forEach(answer -> assertIs(IMAGE, answer));
    var before = heads();
    assertEquals("Layover; fwd=stale; detail=slow", header(mirror.get(TAG), "Cache-Status"));
    assertEquals(before, heads());
  }

  /** There is nothing to answer instead. */
  @Test
  void whatIsNotCachedIsWaitedFor() throws Exception {
    hub.when("HEAD|GET", "/manifests/").latency(Duration.ofMillis(300));
    restart(answerWithin(Duration.ofMillis(1)));
    assertIs(IMAGE, mirror.get(TAG));
  }

  @Test
  void aTagIsAnsweredForItsTimeWithoutAsking() throws Exception {
    var freshness = new Freshness(Duration.ofMinutes(5), DAY, NEVER, Duration.ZERO, 5);
    restart(freshness);
    mirror.get(TAG);
    hub.repository("library/app").put("latest", OTHER);
    time.pass(Duration.ofMinutes(4));
    var fresh = mirror.get(TAG);
    assertIs(IMAGE, fresh);
    assertEquals("Layover; hit", header(fresh, "Cache-Status"));
    restart(freshness);
    assertIs(IMAGE, mirror.get(TAG));
    assertEquals(1, heads(), hub.requests().toString());
    time.pass(Duration.ofMinutes(2));
    assertIs(OTHER, mirror.get(TAG));
  }

  @Test
  void aStaleTagIsAnsweredForItsTime() throws Exception {
    mirror.get(TAG);
    hub.when("HEAD", "/manifests/").status(500);
    time.pass(DAY.minusMinutes(1));
    var stale = mirror.get(TAG);
    assertIs(IMAGE, stale);
    assertEquals(
        "Layover; fwd=stale; fwd-status=500; detail=upstream-failed",
        header(stale, "Cache-Status"));

    time.pass(Duration.ofMinutes(2));
    var failed = mirror.get(TAG);
    assertEquals(502, failed.statusCode());
    assertEquals(
        "Layover; fwd=stale; fwd-status=500; detail=expired", header(failed, "Cache-Status"));
    assertTrue(
        new String(failed.body(), StandardCharsets.UTF_8).contains("is too old, of 20"),
        "says how old");

    hub.behave();
    assertIs(IMAGE, mirror.get(TAG));
  }

  @Test
  void howOldATagIsSurvivesARestart() throws Exception {
    mirror.get(TAG);
    hub.close();
    var freshness = new Freshness(Duration.ZERO, DAY, NEVER, Duration.ZERO, 5);
    restart(freshness);
    assertIs(IMAGE, mirror.get(TAG));
    time.pass(DAY.plusMinutes(1));
    restart(freshness);
    assertEquals(502, mirror.get(TAG).statusCode());
  }

  @Test
  void aConfirmationMakesATagYoungAgain() throws Exception {
    mirror.get(TAG);
    var freshness = new Freshness(Duration.ZERO, DAY, NEVER, Duration.ZERO, 5);
    Files.setLastModifiedTime(link(), FileTime.from(Instant.now().minus(Duration.ofDays(3))));
    restart(freshness);
    assertIs(IMAGE, mirror.get(TAG));
    await(
        "dated",
        () -> {
          try {
            return Files.getLastModifiedTime(link())
                .toInstant()
                .isAfter(Instant.now().minus(Duration.ofHours(1)));
          } catch (java.io.IOException e) {
            throw new IllegalStateException(e);
          }
        });
    hub.close();
    restart(freshness);
    assertIs(IMAGE, mirror.get(TAG));
  }

  @Test
  void offlineTheCacheIsAnsweredForItsTimeToo() throws Exception {
    mirror.get(TAG);
    mirror.close();
    var online = MirrorFixture.upstream(hub.url(), null, answerWithin(NEVER));
    var offline =
        new Upstream(
            online.name(), online.base(), null, false, online.access(), online.freshness(), true);
    mirror = MirrorFixture.of(offline, root, Patience.DEFAULT, time);
    var before = hub.requests().size();

    var stale = mirror.get(TAG);
    assertIs(IMAGE, stale);
    assertEquals("Layover; fwd=stale; detail=offline", header(stale, "Cache-Status"));
    time.pass(DAY.plusMinutes(1));
    var failed = mirror.get(TAG);
    assertEquals(502, failed.statusCode());
    assertEquals("Layover; fwd=stale; detail=expired", header(failed, "Cache-Status"));
    assertEquals(before, hub.requests().size());
  }

  @Test
  void aTagThatIsGoneThereIsGoneHere() throws Exception {
    mirror.get(TAG);
    hub.repository("library/app").untag("latest");
    assertEquals(404, mirror.get(TAG).statusCode());
    assertFalse(Files.exists(link()));
    // Neither is it papered over when the upstream fails.
    hub.when("HEAD", "/manifests/").status(500);
    time.pass(Duration.ofSeconds(11));
    assertEquals(502, mirror.get(TAG).statusCode());
    // The manifest is still there for those who know its digest.
    assertEquals(200, mirror.get("/v2/library/app/manifests/" + IMAGE.digest()).statusCode());
  }

  @Test
  void aTagThatIsDeniedIsNotServedAndNotForgotten() throws Exception {
    mirror.get(TAG);
    // The token was good a while ago, so it is not believed at once that it is not any more.
    time.pass(Duration.ofSeconds(11));
    var rule = hub.when("HEAD", "/manifests/").unauthorized();
    assertEquals(404, mirror.get(TAG).statusCode());
    assertEquals(2, rule.hits(), "the second time with a fresh token");
    time.pass(Duration.ofSeconds(11));
    hub.behave();
    hub.when("HEAD", "/manifests/").status(500);
    assertIs(IMAGE, mirror.get(TAG));
  }

  @Test
  void theManifestOfAMovedTagMayBeLate() throws Exception {
    mirror.get(TAG);
    hub.repository("library/app").put("latest", OTHER).remove(OTHER.digest());
    hub.when("HEAD", "/manifests/latest")
        .status(200, Images.OCI_MANIFEST, "")
        .header("Docker-Content-Digest", OTHER.digest().toString());
    assertIs(IMAGE, mirror.get(TAG));
    assertTrue(Files.exists(link()));
  }

  @Test
  void whatIsAbsentIsNotAskedForAgainAtOnce() throws Exception {
    var paths =
        List.of(
            "/v2/library/app/manifests/2",
            "/v2/library/app/manifests/" + OTHER.digest(),
            "/v2/library/app/blobs/" + OTHER.layer(),
            "HEAD /v2/library/app/blobs/" + OTHER.layer());
    for (var path : paths) {
      var absent = mirror.get(path);
      assertEquals(404, absent.statusCode(), path);
      assertEquals(
          "Layover; fwd=uri-miss; fwd-status=404; detail=absent", header(absent, "Cache-Status"));
    }
    hub.repository("library/app").put("2", OTHER);
    var before = hub.requests().size();
    for (var path : paths) {
      var absent = mirror.get(path);
      assertEquals(404, absent.statusCode(), path);
      assertEquals("Layover; hit; detail=negative", header(absent, "Cache-Status"));
    }
    assertEquals(before, hub.requests().size());
    time.pass(Duration.ofSeconds(10));
    for (var path : paths) {
      assertEquals(200, mirror.get(path).statusCode(), path);
    }
  }

  @Test
  void aTokenServerThatIsNotThereSaysNothingOfTags() throws Exception {
    mirror.get(TAG);
    hub.expireTokens();
    hub.when("GET", "/token").status(404);
    assertIs(IMAGE, mirror.get(TAG));
    assertTrue(Files.exists(link()));
  }
}
