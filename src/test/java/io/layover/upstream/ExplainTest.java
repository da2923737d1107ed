package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a pull is what then happens, and saying it asks nobody. */
class ExplainTest {
  private static final Image IMAGE = Images.tiny(1);
  private static final String TAG = "/v2/library/app/manifests/latest";
  private static final Freshness FRESHNESS =
      new Freshness(
          Duration.ofMinutes(5),
          Duration.ofDays(1),
          Duration.ofSeconds(2),
          Duration.ofSeconds(10),
          5);

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx).user("alice", "secret1");
  private final HandTime time = new HandTime();

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    mirror = mirror(new Access(List.of(), List.of(rule("evil/**"))));
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private static Access.Rule rule(String pattern) {
    var start = pattern.substring(0, pattern.length() - 2);
    return new Access.Rule(pattern, name -> name.value().startsWith(start));
  }

  private MirrorFixture mirror(Access access) {
    var credentials = new Upstream.Credentials("alice", "secret1");
    var upstream =
        new Upstream(
            "docker.io", URI.create(hub.url()), credentials, false, access, FRESHNESS, false);
    return MirrorFixture.of(upstream, root, Patience.DEFAULT, time);
  }

  private JsonObject explain(String query) throws Exception {
    var before = hub.requests().size();
    var answer = mirror.get("/api/explain?ref=" + query);
    assertEquals(200, answer.statusCode());
    assertEquals(before, hub.requests().size(), "nobody is asked");
    var text = new String(answer.body(), java.nio.charset.StandardCharsets.UTF_8);
    assertFalse(text.contains("secret1") || text.contains("alice"), text);
    return new JsonObject(Buffer.buffer(answer.body()));
  }

  private String url(String reference) {
    return hub.url() + "/v2/library/app/manifests/" + reference;
  }

  @Test
  void whatIsNotCachedIsFetched() throws Exception {
    var said = explain("app");
    assertEquals("library/app", said.getString("repository"));
    assertEquals("latest", said.getString("reference"));
    assertEquals("upstream", said.getString("source"));
    assertTrue(said.getString("because").contains("default"), said.encode());
    assertEquals("what the upstream gives, which is then cached", said.getString("answer"));
    assertEquals(
        List.of("HEAD " + url("latest"), "GET " + url("<the digest that it says>")),
        said.getJsonArray("requests").getList());
    assertEquals("absent", said.getJsonObject("cache").getString("state"));
    var upstream = said.getJsonObject("upstream");
    assertEquals("docker.io", upstream.getString("name"));
    assertEquals("account", upstream.getString("credential"));
    assertEquals(true, upstream.getBoolean("allowed"));
    assertEquals("closed", upstream.getJsonObject("breaker").getString("state"));
  }

  @Test
  void whatIsCachedGoesThroughItsAges() throws Exception {
    mirror.get(TAG);
    var fresh = explain("docker.io/library/app:latest");
    assertTrue(fresh.getString("because").contains("begins"), fresh.encode());
    assertEquals("the cached one, as it is fresh", fresh.getString("answer"));
    assertEquals(List.of(), fresh.getJsonArray("requests").getList());
    assertEquals("fresh", fresh.getJsonObject("cache").getString("state"));
    assertEquals(IMAGE.digest().toString(), fresh.getJsonObject("cache").getString("digest"));

    time.pass(Duration.ofHours(1));
    var stale = explain("app&ns=docker.io");
    assertTrue(stale.getString("because").startsWith("ns"), stale.encode());
    assertEquals("stale", stale.getJsonObject("cache").getString("state"));
    assertEquals(3600, stale.getJsonObject("cache").getInteger("ageSeconds"));
    assertEquals(
        "the cached one if the upstream confirms it, fails, or takes longer than 2 s; a newer one"
            + " is fetched",
        stale.getString("answer"));
    assertEquals(List.of("HEAD " + url("latest")), stale.getJsonArray("requests").getList());

    time.pass(Duration.ofDays(1));
    var expired = explain("app");
    assertEquals("expired", expired.getJsonObject("cache").getString("state"));
    assertTrue(expired.getString("answer").contains("too old"), expired.encode());

    var digest = explain("app@" + IMAGE.digest());
    assertTrue(digest.getString("answer").startsWith("the cached one"), digest.encode());
  }

  @Test
  void namesThePatternThatDenies() throws Exception {
    var said = explain("evil/app:1");
    assertTrue(said.getString("answer").startsWith("404"), said.encode());
    assertEquals("deny: evil/**", said.getJsonObject("upstream").getString("allowedBy"));
    assertEquals(404, mirror.get("/v2/evil/app/manifests/1").statusCode());
  }

  /** Who denies a name does not want it served. */
  @Test
  void whatIsDeniedIsNotServedFromTheCache() throws Exception {
    mirror.get(TAG);
    mirror.close();
    mirror = mirror(new Access(List.of(rule("org/**")), List.of()));
    assertEquals(404, mirror.get(TAG).statusCode());
    assertEquals(404, mirror.get("/v2/library/app/manifests/" + IMAGE.digest()).statusCode());
    assertEquals(
        "no pattern of allow matches",
        explain("app").getJsonObject("upstream").getString("allowedBy"));
  }

  @Test
  void tellsOfALimit() throws Exception {
    hub.rateLimit(100, 6);
    mirror.get(TAG);
    time.pass(Duration.ofHours(2));
    var kept = explain("app");
    assertTrue(kept.getString("answer").contains("the last pulls are kept"), kept.encode());
    var limit = kept.getJsonObject("upstream").getJsonObject("limit");
    assertEquals(100, limit.getInteger("limit"));
    assertEquals(5, limit.getInteger("remaining"));
    assertEquals(5, limit.getInteger("reserved"));

    hub.when("HEAD", "/manifests/").abuseLimit(60);
    mirror.get(TAG);
    var limited = explain("app");
    assertTrue(limited.getString("answer").contains("429"), limited.encode());
    assertTrue(explain("other").getString("answer").startsWith("429"));
    assertEquals(
        60,
        limited.getJsonObject("upstream").getJsonObject("limit").getInteger("checkRetryInSeconds"));
  }

  @Test
  void tellsOfAnUpstreamThatIsLeftAlone() throws Exception {
    hub.when(".*", "/v2/").status(503);
    for (var i = 0; i < 5; i++) {
      mirror.get("/v2/library/app/manifests/absent-" + i);
    }
    var said = explain("app");
    assertEquals(
        "open", said.getJsonObject("upstream").getJsonObject("breaker").getString("state"));
    assertTrue(said.getString("answer").startsWith("503"), said.encode());
  }

  @Test
  void tellsOfWhatWasNotThere() throws Exception {
    mirror.get("/v2/library/app/manifests/absent");
    assertTrue(explain("app:absent").getString("answer").startsWith("404"));
  }

  @Test
  void wrongNamesAreRefused() throws Exception {
    for (var query : List.of("", "?ref=", "?ref=App", "?ref=app@sha256:0", "?ref=..%2Fetc")) {
      assertEquals(400, mirror.get("/api/explain" + query).statusCode(), query);
    }
    assertEquals(404, mirror.get("/api/explain?ref=app&ns=evil.example").statusCode());
  }
}
