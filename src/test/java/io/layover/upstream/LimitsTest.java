package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an upstream limits is used sparingly, and while it says 429 it is left alone. */
class LimitsTest {
  private static final Image IMAGE = Images.tiny(1);
  private static final Image OTHER = Images.tiny(2);
  private static final Image THIRD = Images.tiny(3);
  private static final String APP = "/v2/library/app/";
  private static final String TAG = APP + "manifests/latest";
  private static final Duration NEVER = Duration.ofHours(1);

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx).user("alice", "secret1");
  private final HandTime time = new HandTime();

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE).put("other", OTHER);
    mirror = mirror(null);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private MirrorFixture mirror(Upstream.@Nullable Credentials credentials) {
    var freshness = new Freshness(Duration.ZERO, Duration.ofDays(1), NEVER, Duration.ZERO, 5);
    return MirrorFixture.of(
        MirrorFixture.upstream(hub.url(), credentials, freshness), root, Patience.DEFAULT, time);
  }

  private static String status(HttpResponse<byte[]> answer) {
    return answer.statusCode() + " " + header(answer, "Cache-Status");
  }

  private double count(String name, String key, String value) {
    var counter = mirror.figures.find(name).tags("upstream", "docker.io", key, value).counter();
    return counter == null ? 0 : counter.count();
  }

  private double gauge(String name) {
    return mirror.figures.get("layover.upstream.ratelimit." + name).gauge().value();
  }

  @Test
  void whileRetryAfterRunsNothingIsAsked() throws Exception {
    mirror.get(TAG);
    hub.when("HEAD", "/manifests/").abuseLimit(60);
    assertEquals("200 Layover; fwd=stale; fwd-status=429; detail=limited", status(mirror.get(TAG)));
    var before = hub.requests().size();
    time.pass(Duration.ofSeconds(20));

    var stale = mirror.get(TAG);
    assertEquals("200 Layover; fwd=stale; fwd-status=429; detail=limited", status(stale));
    assertTrue(String.valueOf(header(stale, "Warning")).endsWith("docker.io limits requests\""));
    for (var path : new String[] {"manifests/other", "blobs/" + IMAGE.layer()}) {
      var limited = mirror.get(APP + path);
      assertEquals("429 Layover; fwd=uri-miss; fwd-status=429; detail=limited", status(limited));
      assertEquals("40", header(limited, "Retry-After"));
      assertTrue(new String(limited.body(), StandardCharsets.UTF_8).contains("TOOMANYREQUESTS"));
    }
    assertEquals(before, hub.requests().size());
    assertEquals(1, count("layover.upstream.limited", "kind", "abuse"));
    assertEquals(3, count("layover.upstream.withheld", "reason", "limited"));

    hub.behave();
    time.pass(Duration.ofSeconds(40));
    assertEquals("200 Layover; hit; detail=revalidated", status(mirror.get(TAG)));
  }

  @Test
  void aLimitOnPullsLeavesEverythingElseFree() throws Exception {
    mirror.get(TAG);
    hub.when("GET", "/manifests/").pullLimit().header("Retry-After", "30");
    assertEquals(429, mirror.get(APP + "manifests/other").statusCode());
    var gets = hub.count("GET", "/manifests/");

    var limited = mirror.get(APP + "manifests/" + OTHER.digest());
    assertEquals(429, limited.statusCode());
    assertEquals("30", header(limited, "Retry-After"));
    assertEquals("200 Layover; hit; detail=revalidated", status(mirror.get(TAG)));
    assertEquals(200, mirror.get(APP + "blobs/" + IMAGE.layer()).statusCode());
    assertEquals(gets, hub.count("GET", "/manifests/"));
    assertEquals(1, count("layover.upstream.limited", "kind", "pull"));
  }

  @Test
  void aDateIsUnderstoodAsWell() throws Exception {
    var until = time.now().plusSeconds(100).truncatedTo(ChronoUnit.SECONDS);
    hub.when("HEAD", "/manifests/")
        .status(429)
        .header(
            "Retry-After",
            DateTimeFormatter.RFC_1123_DATE_TIME.format(until.atOffset(ZoneOffset.UTC)));
    mirror.get(TAG);
    hub.behave();
    time.pass(Duration.ofSeconds(98));
    assertEquals(429, mirror.get(TAG).statusCode());
    time.pass(Duration.ofSeconds(3));
    assertEquals(200, mirror.get(TAG).statusCode());
  }

  /** Registries that limit requests per second say 429 without more. */
  @Test
  void whatIsNotSaidIsFoundOut() throws Exception {
    hub.when("GET", "/manifests/").pullLimit();
    for (var seconds : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      var limited = mirror.get(TAG);
      assertEquals(429, limited.statusCode());
      assertEquals(Integer.toString(seconds), header(limited, "Retry-After"));
      time.pass(Duration.ofSeconds(seconds));
    }
    hub.behave();
    assertEquals(200, mirror.get(TAG).statusCode());
    hub.when("GET", "/manifests/").pullLimit();
    assertEquals("1", header(mirror.get(APP + "manifests/other"), "Retry-After"));
  }

  /** Whatever it says, it may be a mistake. */
  @Test
  void nobodyIsLeftAloneForEver() throws Exception {
    hub.when("HEAD", "/manifests/").abuseLimit(999_999_999);
    mirror.get(TAG);
    hub.behave();
    time.pass(Duration.ofHours(1));
    assertEquals(200, mirror.get(TAG).statusCode());
  }

  @Test
  void theTokenServerMayLimitToo() throws Exception {
    hub.when("GET", "/token").status(429).header("Retry-After", "20");
    assertEquals(429, mirror.get(TAG).statusCode());
    assertEquals("20", header(mirror.get(TAG), "Retry-After"));
    assertEquals(1, hub.count("GET", "/token"));
    assertEquals(1, count("layover.upstream.limited", "kind", "login"));
  }

  @Test
  void figuresSayWhatIsLeft() throws Exception {
    assertTrue(Double.isNaN(gauge("remaining")));
    hub.rateLimit(100, 50);
    mirror.get(TAG);
    assertEquals(100, gauge("limit"));
    assertEquals(49, gauge("remaining"));
    assertEquals(
        "anonymous",
        mirror
            .figures
            .get("layover.upstream.ratelimit.limit")
            .meter()
            .getId()
            .getTag("credential"));
    // What was left in another window says nothing.
    time.pass(Duration.ofHours(6));
    assertTrue(Double.isNaN(gauge("remaining")));
    mirror.close();

    mirror = mirror(new Upstream.Credentials("alice", "secret1"));
    assertEquals(
        "account",
        mirror
            .figures
            .get("layover.upstream.ratelimit.limit")
            .meter()
            .getId()
            .getTag("credential"));
  }

  @Test
  void tagsAreAskedForLessOftenAsLessIsLeft() throws Exception {
    hub.rateLimit(100, 14);
    mirror.get(TAG);
    // 13 of 100 are left, which is about half of what is few.
    var before = hub.requests().size();
    time.pass(Duration.ofMinutes(28));
    assertEquals("200 Layover; hit; detail=stretched", status(mirror.get(TAG)));
    assertEquals(before, hub.requests().size());
    time.pass(Duration.ofMinutes(2));
    assertEquals("200 Layover; hit; detail=revalidated", status(mirror.get(TAG)));
  }

  @Test
  void theLastOnesAreKeptForWhatIsNotCached() throws Exception {
    hub.rateLimit(100, 6);
    mirror.get(TAG);
    time.pass(Duration.ofHours(2));
    hub.repository("library/app").put("latest", THIRD);

    for (var method : new String[] {"", "HEAD "}) {
      var kept = mirror.get(method + TAG);
      assertEquals("200 Layover; fwd=stale; detail=reserve", status(kept));
      assertEquals(IMAGE.digest().toString(), header(kept, "Docker-Content-Digest"));
    }
    assertEquals(5, gauge("remaining"));
    assertArrayEquals(OTHER.manifest().getBytes(), mirror.get(APP + "manifests/other").body());
    assertEquals(4, gauge("remaining"));
    assertEquals(2, count("layover.upstream.withheld", "reason", "reserve"));

    // More than there was: tags are kept up to date again.
    hub.rateLimit(100, 60);
    assertArrayEquals(THIRD.manifest().getBytes(), mirror.get(TAG).body());
  }

  /** Too old to be answered is as good as not cached. */
  @Test
  void theReserveIsSpentOnWhatIsTooOld() throws Exception {
    hub.rateLimit(100, 6);
    mirror.get(TAG);
    time.pass(Duration.ofDays(2));
    hub.repository("library/app").put("latest", THIRD);
    assertArrayEquals(THIRD.manifest().getBytes(), mirror.get(TAG).body());
  }

  @Test
  void whenNothingIsLeftTheCacheIsServedAndTheRestIsToldWhen() throws Exception {
    hub.rateLimit(100, 1);
    mirror.get(TAG);
    var refused = mirror.get(APP + "manifests/other");
    assertEquals("429 Layover; fwd=uri-miss; fwd-status=429; detail=limited", status(refused));
    assertEquals("1", header(refused, "Retry-After"));
    assertEquals(200, mirror.get(TAG).statusCode());
    assertEquals(200, mirror.get(APP + "blobs/" + IMAGE.layer()).statusCode());
  }

  /** As many as its clients would have spent on one pull; the second time, nothing. */
  @Test
  void anImageForSeveralPlatformsCostsWhatIsNeededOfIt() throws Exception {
    var index = Images.index(9, 3, 1_000);
    hub.repository("library/app").put("multi", index);
    hub.rateLimit(100, 90);
    var child = index.children().getFirst();
    for (var client = 0; client < 3; client++) {
      mirror.get("HEAD " + APP + "manifests/multi");
      mirror.get(APP + "manifests/" + index.digest());
      mirror.get(APP + "manifests/" + child.digest());
      for (var blob : child.blobs().keySet()) {
        mirror.get(APP + "blobs/" + blob);
      }
    }
    assertEquals(88, gauge("remaining"));
    assertEquals(0, hub.count("HEAD", "/blobs/"));
    var heads =
        hub.log().requests("HEAD", "/manifests/").stream().filter(r -> r.status() == 200).count();
    assertEquals(3, heads, "one for each client, as no tagttl is set");
    mirror.get(APP + "manifests/multi");
    assertEquals(88, gauge("remaining"));
    mirror.get(APP + "manifests/" + index.children().getLast().digest());
    assertEquals(87, gauge("remaining"));
  }
}
