package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.layover.Mirror;
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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tag: whatever the upstream does, whatever is cached, what is answered and what it costs. */
class TagMatrixTest {
  private static final Image IMAGE = Images.tiny(1);
  private static final Image OTHER = Images.tiny(2);
  private static final String TAG = "/v2/library/app/manifests/latest";
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final Duration FOR_EVER = Duration.ofHours(1);

  private static Vertx vertx;
  private static HubStandIn hub;

  private final HandTime time = new HandTime();

  @TempDir Path root;

  @BeforeAll
  static void start() {
    vertx = Vertx.vertx();
    hub = HubStandIn.start(vertx);
  }

  @AfterAll
  static void stop() {
    hub.close();
    vertx.close().await();
  }

  private static final Map<String, Consumer<Rule>> FAULTS =
      Map.of(
          "slow", rule -> rule.latency(Duration.ofSeconds(1)),
          "silent", Rule::hang,
          "401", Rule::unauthorized,
          "403", rule -> rule.status(403),
          "404", rule -> rule.status(404),
          "429 JSON", Rule::pullLimit,
          "429 text", rule -> rule.abuseLimit(60),
          "500", rule -> rule.status(500),
          "loops", Rule::redirectLoop);

  private MirrorFixture mirror(String upstream, String cache) {
    // Who waits for ever for an answer is slow to see that there is none, and the other way round.
    var silent = upstream.equals("silent");
    var within = cache.equals("stale") && (silent || upstream.equals("slow")) ? SHORT : FOR_EVER;
    return MirrorFixture.of(
        MirrorFixture.upstream(
            hub.url(),
            null,
            new Freshness(Duration.ofMinutes(5), Duration.ofDays(1), within, Duration.ZERO, 5)),
        root,
        silent ? MirrorFixture.IMPATIENT : Patience.DEFAULT,
        time);
  }

  private void prepare(MirrorFixture mirror, String cache) throws Exception {
    hub.behave();
    hub.repository("library/app").put("latest", IMAGE).put("warm", OTHER);
    // The token is there before, so that what follows is what the tag costs.
    assertEquals(200, mirror.get("HEAD /v2/library/app/manifests/warm").statusCode());
    if (!cache.equals("empty")) {
      assertEquals(200, mirror.get(TAG).statusCode());
    }
    switch (cache) {
      case "stale" -> time.pass(Duration.ofHours(1));
      case "beyond" -> time.pass(Duration.ofDays(2));
      default -> time.pass(Duration.ofMinutes(1));
    }
    hub.log().clear();
  }

  private static void misbehave(String upstream) {
    switch (upstream) {
      case "has" -> {}
      case "moved" -> hub.repository("library/app").put("latest", OTHER);
      case "lacks" -> hub.repository("library/app").untag("latest");
      default ->
          Objects.requireNonNull(FAULTS.get(upstream)).accept(hub.when("HEAD", "/manifests/"));
    }
  }

  @ParameterizedTest(name = "{0}, {1}: {2} {3}")
  @CsvSource({
    "has,      fresh,  200, hit,                                             , 0, hit,",
    "has,      stale,  200, hit; detail=revalidated,                         , 1, hit,    ok",
    "has,      beyond, 200, hit; detail=revalidated,                         , 1, hit,    ok",
    "has,      empty,  200, fwd=uri-miss; stored,                            , 2, miss,   ok",
    "moved,    fresh,  200, hit,                                             , 0, hit,",
    "moved,    stale,  200, fwd=uri-miss; stored,                            , 2, miss,   ok",
    "moved,    beyond, 200, fwd=uri-miss; stored,                            , 2, miss,   ok",
    "lacks,    fresh,  200, hit,                                             , 0, hit,",
    "lacks,    stale,  404, fwd=uri-miss; fwd-status=404; detail=absent,     , 1, failed, absent",
    "lacks,    beyond, 404, fwd=uri-miss; fwd-status=404; detail=absent,     , 1, failed, absent",
    "lacks,    empty,  404, fwd=uri-miss; fwd-status=404; detail=absent,     , 1, failed, absent",
    "slow,     fresh,  200, hit,                                             , 0, hit,",
    "slow,     stale,  200, fwd=stale; detail=slow,                          , 1, stale,  ok",
    "slow,     beyond, 200, hit; detail=revalidated,                         , 1, hit,    ok",
    "slow,     empty,  200, fwd=uri-miss; stored,                            , 2, miss,   ok",
    "silent,   fresh,  200, hit,                                             , 0, hit,",
    "silent,   stale,  200, fwd=stale; detail=slow,                   , 1, stale,  unavailable",
    "silent,   beyond, 502, fwd=stale; detail=expired,                , 1, failed, unavailable",
    "silent,   empty,  502, fwd=uri-miss; detail=upstream-failed,     , 1, failed, unavailable",
    "401,      fresh,  200, hit,                                             , 0, hit,",
    "401,      stale,  404, fwd=uri-miss; fwd-status=401; detail=absent,     , 2, failed, absent",
    "401,      beyond, 404, fwd=uri-miss; fwd-status=401; detail=absent,     , 2, failed, absent",
    "401,      empty,  404, fwd=uri-miss; fwd-status=401; detail=absent,     , 2, failed, absent",
    "403,      stale,  404, fwd=uri-miss; fwd-status=403; detail=absent,     , 1, failed, absent",
    "403,      empty,  404, fwd=uri-miss; fwd-status=403; detail=absent,     , 1, failed, absent",
    "404,      stale,  404, fwd=uri-miss; fwd-status=404; detail=absent,     , 1, failed, absent",
    "404,      empty,  404, fwd=uri-miss; fwd-status=404; detail=absent,     , 1, failed, absent",
    "429 JSON, fresh,  200, hit,                                             , 0, hit,",
    "429 JSON, stale,  200, fwd=stale; fwd-status=429; detail=limited,       , 1, stale,  limited",
    "429 JSON, beyond, 429, fwd=stale; fwd-status=429; detail=expired,      1, 1, failed, limited",
    "429 JSON, empty,  429, fwd=uri-miss; fwd-status=429; detail=limited,   1, 1, failed, limited",
    "429 text, fresh,  200, hit,                                             , 0, hit,",
    "429 text, stale,  200, fwd=stale; fwd-status=429; detail=limited,       , 1, stale,  limited",
    "429 text, beyond, 429, fwd=stale; fwd-status=429; detail=expired,     60, 1, failed, limited",
    "429 text, empty,  429, fwd=uri-miss; fwd-status=429; detail=limited,  60, 1, failed, limited",
    "500,      fresh,  200, hit,                                             , 0, hit,",
    "500,      stale,  200, fwd=stale; fwd-status=500; detail=upstream-failed,, 1, stale,"
        + " unavailable",
    "500,      beyond, 502, fwd=stale; fwd-status=500; detail=expired,    , 1, failed, unavailable",
    "500,      empty,  502, fwd=uri-miss; fwd-status=500; detail=upstream-failed,, 1, failed,"
        + " unavailable",
    "loops,    fresh,  200, hit,                                             , 0, hit,",
    "loops,    stale,  200, fwd=stale; detail=upstream-failed,        , 6, stale, redirected",
    "loops,    beyond, 502, fwd=stale; detail=expired,                , 6, failed, redirected",
    "loops,    empty,  502, fwd=uri-miss; detail=upstream-failed,     , 6, failed, redirected",
  })
  void isAnswered(
      String upstream,
      String cache,
      int status,
      String cacheStatus,
      @Nullable String retryAfter,
      int requests,
      String outcome,
      @Nullable String upstreamOutcome)
      throws Exception {
    try (var mirror = mirror(upstream, cache)) {
      prepare(mirror, cache);
      var before = answers(mirror, outcome);
      var asked = asked(mirror, upstreamOutcome);
      misbehave(upstream);

      var answer = mirror.get(TAG);

      var text = new String(answer.body(), StandardCharsets.UTF_8);
      assertEquals(status, answer.statusCode(), text);
      assertEquals("Layover; " + cacheStatus, header(answer, "Cache-Status"));
      assertEquals("docker.io", header(answer, "OCI-Namespace"));
      assertEquals(retryAfter, header(answer, "Retry-After"));
      var warned = status == 200 && cacheStatus.startsWith("fwd=stale");
      assertEquals(warned, header(answer, "Warning") != null);
      if (status == 200) {
        var image = upstream.equals("moved") && !cache.equals("fresh") ? OTHER : IMAGE;
        assertArrayEquals(image.manifest().getBytes(), answer.body());
      } else {
        assertFalse(text.contains("Exception") || text.contains("127.0.0.1"), text);
      }
      Mirror.await("the requests are there", () -> hub.count(".*", "/manifests/") >= requests);
      Mirror.await(
          "they are answered", () -> asked(mirror, upstreamOutcome) > asked || requests == 0);
      assertEquals(requests, hub.count(".*", "/manifests/"), hub.requests()::toString);
      assertEquals(1, answers(mirror, outcome) - before);
    }
  }

  private static double answers(MirrorFixture mirror, String outcome) {
    return mirror
        .figures
        .get("layover.cache.answers")
        .tags("upstream", "docker.io", "what", "manifest", "outcome", outcome)
        .counter()
        .count();
  }

  private static long asked(MirrorFixture mirror, @Nullable String outcome) {
    var timer =
        mirror
            .figures
            .find("layover.upstream.requests")
            .tags("upstream", "docker.io", "method", "HEAD", "outcome", String.valueOf(outcome))
            .timer();
    return timer == null ? 0 : timer.count();
  }
}
