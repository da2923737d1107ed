package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.Auth;
import io.layover.standin.ChallengeForm;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.layover.standin.Rule;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients see, what is stored and what the upstream is asked, whatever the upstream does. */
class PullThroughTest {
  private static final Image IMAGE = Images.oci(1, 2, 50_000);
  private static final Image OTHER = Images.docker(2, 1, 10_000);
  private static final Image INDEX = Images.index(3, 2, 1_000);
  private static final String TAG = "/v2/library/app/manifests/latest";
  private static final String DIGEST = "/v2/library/app/manifests/" + IMAGE.digest();

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx).user("alice", "secret1");

  @TempDir Path root;
  private Mirror mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE).put("multi", INDEX);
    hub.repository("alice/mine").secret().put("1", IMAGE);
    mirror = Mirror.of(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private long pulls() {
    return hub.log().requests("GET", "/manifests/").stream().filter(r -> r.status() == 200).count();
  }

  private long heads() {
    return hub.log().requests("HEAD", "/manifests/").stream()
        .filter(r -> r.status() == 200)
        .count();
  }

  @Test
  void pullsATagOnce() throws Exception {
    var first = mirror.get(TAG);
    assertArrayEquals(IMAGE.manifest().getBytes(), first.body());
    assertEquals(Images.OCI_MANIFEST, header(first, "Content-Type"));
    assertEquals(IMAGE.digest().toString(), header(first, "Docker-Content-Digest"));
    assertEquals("docker.io", header(first, "OCI-Namespace"));
    assertEquals("Layover; fwd=uri-miss; stored", header(first, "Cache-Status"));
    var second = mirror.get(TAG);
    assertArrayEquals(IMAGE.manifest().getBytes(), second.body());
    assertEquals("Layover; hit; detail=revalidated", header(second, "Cache-Status"));
    assertEquals(2, heads());
    assertEquals(1, pulls());
    assertEquals("Layover; hit", header(mirror.get(DIGEST), "Cache-Status"));
    assertEquals(2, heads());
    assertEquals(304, mirror.get(TAG, "If-None-Match", IMAGE.digest().toString()).statusCode());
  }

  @Test
  void aHeadOfATagCostsNoPull() throws Exception {
    var head = mirror.get("HEAD " + TAG);
    assertEquals(200, head.statusCode());
    assertEquals(IMAGE.digest().toString(), header(head, "Docker-Content-Digest"));
    assertEquals(Integer.toString(IMAGE.manifest().length()), header(head, "Content-Length"));
    assertEquals(Images.OCI_MANIFEST, header(head, "Content-Type"));
    assertEquals(0, pulls());
    mirror.get(DIGEST);
    hub.close();
    // The tag was learnt from the HEAD.
    assertEquals(200, mirror.get("HEAD " + TAG).statusCode());
  }

  @Test
  void keepsIndexesByteForByte() throws Exception {
    var index = mirror.get("/v2/library/app/manifests/multi");
    assertArrayEquals(INDEX.manifest().getBytes(), index.body());
    var child = INDEX.children().getFirst();
    var fetched = mirror.get("/v2/library/app/manifests/" + child.digest());
    assertArrayEquals(child.manifest().getBytes(), fetched.body());
    assertEquals(2, pulls());
  }

  @Test
  void officialImagesStandUnderLibrary() throws Exception {
    assertEquals(200, mirror.get("/v2/app/manifests/latest").statusCode());
    assertEquals(200, mirror.get("/v2/app/manifests/latest?ns=docker.io").statusCode());
    assertEquals(404, mirror.get("/v2/app/manifests/latest?ns=evil.example").statusCode());
    assertEquals(1, pulls());
  }

  @Test
  void followsATagThatMoves() throws Exception {
    mirror.get(TAG);
    hub.repository("library/app").put("latest", OTHER);
    var moved = mirror.get(TAG);
    assertArrayEquals(OTHER.manifest().getBytes(), moved.body());
    assertEquals(Images.DOCKER_MANIFEST, header(moved, "Content-Type"));
    hub.repository("library/app").untag("latest");
    assertEquals(404, mirror.get(TAG).statusCode());
  }

  @Test
  void manyClientsShareOneRequest() throws Exception {
    hub.when("HEAD|GET", "/manifests/").latency(Duration.ofMillis(200));
    var answers = Stream.generate(() -> mirror.getLater(TAG)).limit(30).toList();
    for (var answer : answers) {
      assertArrayEquals(IMAGE.manifest().getBytes(), answer.join().body());
    }
    assertEquals(1, heads());
    assertEquals(1, pulls());
    assertEquals(1, hub.log().requests().stream().filter(r -> r.server().equals("token")).count());
  }

  /** Nothing tells when the second one has looked; here it is given the time to ask by itself. */
  @Test
  void whoComesDuringTheFirstPullAsksForNothing() throws Exception {
    var release = Promise.<Void>promise();
    hub.when("GET", "/manifests/").times(1).heldBy(release.future());
    var first = mirror.getLater(TAG);
    Mirror.await("its manifest is on the way", () -> hub.count("GET", "/manifests/latest|sha") > 0);
    var second = mirror.getLater(TAG);
    for (var i = 0; i < 100; i++) {
      assertEquals(200, mirror.get("/v2/").statusCode());
    }
    release.complete();
    assertArrayEquals(IMAGE.manifest().getBytes(), first.join().body());
    assertArrayEquals(IMAGE.manifest().getBytes(), second.join().body());
    assertEquals(1, heads());
    assertEquals(1, pulls());
  }

  @Test
  void servesTheCacheWithoutTheUpstream() throws Exception {
    mirror.get(TAG);
    for (var blob : IMAGE.blobs().keySet()) {
      mirror.get("/v2/library/app/blobs/" + blob);
      Mirror.await("stored", () -> mirror.holds(blob));
    }
    hub.close();
    mirror.restart();
    var stale = mirror.get(TAG);
    assertArrayEquals(IMAGE.manifest().getBytes(), stale.body());
    assertEquals("Layover; fwd=stale; detail=upstream-failed", header(stale, "Cache-Status"));
    assertTrue(String.valueOf(header(stale, "Warning")).startsWith("299 - \""));
    for (var blob : IMAGE.blobs().keySet()) {
      var hit = mirror.get("/v2/library/app/blobs/" + blob);
      assertEquals(blob, Digest.sha256(hit.body()));
    }
    var absent = mirror.get("/v2/library/app/manifests/other");
    assertEquals(502, absent.statusCode());
    assertTrue(text(absent.body()).contains("UNAVAILABLE"));
  }

  private static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  /** What an upstream may do to a request for a manifest. */
  private static final Map<String, Consumer<Rule>> FAULTS =
      Map.ofEntries(
          Map.entry("401", Rule::unauthorized),
          Map.entry("403", rule -> rule.status(403)),
          Map.entry("404", rule -> rule.status(404)),
          Map.entry("429 json", Rule::pullLimit),
          Map.entry("429 text", rule -> rule.abuseLimit(60)),
          Map.entry("500", rule -> rule.status(500)),
          Map.entry("503", rule -> rule.status(503)),
          Map.entry("closes", Rule::close),
          Map.entry("loops", Rule::redirectLoop),
          Map.entry("redirects to a file", rule -> rule.redirect("file:///etc/passwd")),
          Map.entry("redirects nowhere", rule -> rule.redirect("http://:::/")),
          Map.entry("html", rule -> rule.header("Content-Type", "text/html")),
          Map.entry("gzip", rule -> rule.header("Content-Encoding", "gzip")),
          Map.entry("bad digest header", rule -> rule.header("Docker-Content-Digest", "sha256:0")),
          Map.entry(
              "other digest header",
              rule -> rule.header("Docker-Content-Digest", Digest.sha256("other").toString())),
          Map.entry("wrong bytes", rule -> rule.corrupt(5)),
          Map.entry("cut", rule -> rule.cutAfter(20)),
          Map.entry("reset", rule -> rule.resetAfter(20)),
          Map.entry("announces more", rule -> rule.announceMore(5)),
          Map.entry("announces less", rule -> rule.announceMore(-5)),
          Map.entry("huge", rule -> rule.replaceWith(5 << 20)),
          Map.entry("endless", Rule::endless));

  private static Consumer<Rule> fault(String name) {
    return Objects.requireNonNull(FAULTS.get(name), name);
  }

  @ParameterizedTest(name = "GET {0} -> {1} {2}")
  @CsvSource({
    "401, 404, MANIFEST_UNKNOWN",
    "403, 404, MANIFEST_UNKNOWN",
    "404, 404, MANIFEST_UNKNOWN",
    "429 json, 429, TOOMANYREQUESTS",
    "429 text, 429, TOOMANYREQUESTS",
    "500, 502, UNAVAILABLE",
    "503, 502, UNAVAILABLE",
    "closes, 502, UNAVAILABLE",
    "loops, 502, UNAVAILABLE",
    "redirects to a file, 502, UNAVAILABLE",
    "redirects nowhere, 502, UNAVAILABLE",
    "html, 502, UNAVAILABLE",
    "gzip, 502, UNAVAILABLE",
    "wrong bytes, 502, UNAVAILABLE",
    "cut, 502, UNAVAILABLE",
    "reset, 502, UNAVAILABLE",
    "announces more, 502, UNAVAILABLE",
    "announces less, 502, UNAVAILABLE",
    "huge, 502, UNAVAILABLE",
    "endless, 502, UNAVAILABLE",
  })
  void aManifestThatCannotBeHad(String fault, int status, String code) throws Exception {
    fault(fault).accept(hub.when("GET", "/manifests/"));
    var answer = mirror.get(DIGEST);
    assertEquals(status, answer.statusCode(), text(answer.body()));
    assertTrue(text(answer.body()).contains('"' + code + '"'), text(answer.body()));
    assertFalse(text(answer.body()).contains("Exception"), text(answer.body()));
    if (status == 429) {
      assertEquals(fault.equals("429 text") ? "60" : "1", header(answer, "Retry-After"));
    }
    assertEquals(List.of(), mirror.files("docker"));
    hub.behave();
    // A limit holds for as long as the process knows of it.
    mirror.restart();
    assertArrayEquals(IMAGE.manifest().getBytes(), mirror.get(DIGEST).body());
  }

  @ParameterizedTest(name = "HEAD {0} with a cached tag -> {1} {2}")
  @CsvSource({
    "401, 404, Layover; fwd=uri-miss; fwd-status=401; detail=absent",
    "403, 404, Layover; fwd=uri-miss; fwd-status=403; detail=absent",
    "404, 404, Layover; fwd=uri-miss; fwd-status=404; detail=absent",
    "429 json, 200, Layover; fwd=stale; fwd-status=429; detail=limited",
    "429 text, 200, Layover; fwd=stale; fwd-status=429; detail=limited",
    "500, 200, Layover; fwd=stale; fwd-status=500; detail=upstream-failed",
    "closes, 200, Layover; fwd=stale; detail=upstream-failed",
    "loops, 200, Layover; fwd=stale; detail=upstream-failed",
    "bad digest header, 200, Layover; fwd=stale; detail=upstream-failed",
  })
  void aTagThatCannotBeChecked(String fault, int status, String cacheStatus) throws Exception {
    mirror.get(TAG);
    fault(fault).accept(hub.when("HEAD", "/manifests/"));
    var answer = mirror.get(TAG);
    assertEquals(status, answer.statusCode());
    assertEquals(cacheStatus, header(answer, "Cache-Status"));
  }

  @Test
  void aTagWithoutDigestHeaderIsFetched() throws Exception {
    hub.when("HEAD", "/manifests/").without("Docker-Content-Digest");
    assertArrayEquals(IMAGE.manifest().getBytes(), mirror.get(TAG).body());
    hub.when("HEAD", "/manifests/").status(405);
    assertArrayEquals(IMAGE.manifest().getBytes(), mirror.get(TAG).body());
  }

  @Test
  void aTagWhoseDigestHeaderLiesIsNotStored() throws Exception {
    fault("other digest header").accept(hub.when("HEAD", "/manifests/"));
    assertEquals(404, mirror.get(TAG).statusCode());
    assertEquals(List.of(), mirror.files("docker"));
  }

  @ParameterizedTest
  @EnumSource(ChallengeForm.class)
  void understandsEveryChallenge(ChallengeForm form) throws Exception {
    hub.challenge(form);
    assertEquals(200, mirror.get(TAG).statusCode());
    assertEquals(200, mirror.get("/v2/library/app/blobs/" + IMAGE.layer()).statusCode());
  }

  @Test
  void privateAndMissingRepositoriesLookAlike() throws Exception {
    for (var name : List.of("alice/mine", "no/such")) {
      var answer = mirror.get("/v2/" + name + "/manifests/1");
      assertEquals(404, answer.statusCode());
      assertTrue(text(answer.body()).contains("MANIFEST_UNKNOWN"));
      assertNull(header(answer, "WWW-Authenticate"));
    }
    // One refusal without a token, one with it, and no loop.
    assertTrue(hub.count("HEAD", "/alice/mine/") <= 2);
  }

  @Test
  void credentialsGoToTheTokenServerAndNowhereElse() throws Exception {
    try (var own = withCredentials("alice", "secret1")) {
      assertEquals(200, own.get("/v2/alice/mine/manifests/1").statusCode());
      assertEquals(200, own.get("/v2/alice/mine/blobs/" + IMAGE.layer()).statusCode());
    }
    for (var request : hub.requests()) {
      var authorization = String.valueOf(request.authorization());
      assertEquals(request.server().equals("token"), authorization.startsWith("Basic "));
      assertFalse(request.server().equals("cdn") && request.hadAuthorization());
    }
  }

  @Test
  void credentialsDoNotGoToAForeignRealm() throws Exception {
    hub.realmHost("localhost");
    try (var own = withCredentials("alice", "secret1")) {
      assertEquals(404, own.get("/v2/alice/mine/manifests/1").statusCode());
      assertEquals(200, own.get(TAG).statusCode());
    }
    assertTrue(
        hub.requests().stream()
            .noneMatch(r -> String.valueOf(r.authorization()).startsWith("Basic ")));
  }

  @Test
  void basicUpstreamsWork() throws Exception {
    hub.auth(Auth.BASIC);
    assertEquals(502, mirror.get(TAG).statusCode());
    try (var own = withCredentials("alice", "secret1")) {
      assertEquals(200, own.get(TAG).statusCode());
    }
    try (var wrong = withCredentials("alice", "wrong")) {
      var refused = wrong.get("/v2/library/app/manifests/multi");
      assertEquals(502, refused.statusCode());
      assertTrue(text(refused.body()).contains("credentials"), text(refused.body()));
      // A password that has become wrong takes nothing away from what is cached.
      assertEquals(200, wrong.get(TAG).statusCode());
    }
  }

  private Mirror withCredentials(String user, String password) {
    return Mirror.of(
        hub.url(),
        root.resolve("own"),
        "REGISTRY_PROXY_UPSTREAMS",
        "[{name: docker.io, remoteurl: '%s', default: true, username: %s, password: %s}]"
            .formatted(hub.url(), user, password));
  }

  @Test
  void tokensAreKeptUntilTheyExpire() throws Exception {
    hub.tokenLifetime(Duration.ofMinutes(5));
    mirror.get(TAG);
    mirror.get(TAG);
    mirror.get("/v2/library/app/manifests/multi");
    assertEquals(1, tokens());
    // Revoked early: the refusal brings a new one, unseen by the client.
    hub.expireTokens();
    assertEquals(200, mirror.get(TAG).statusCode());
    assertEquals(2, tokens());
    hub.expiredIs400(true);
    hub.expireTokens();
    assertEquals(200, mirror.get(TAG).statusCode());
    assertEquals(3, tokens());
  }

  private long tokens() {
    return hub.requests().stream().filter(r -> r.server().equals("token")).count();
  }

  @Test
  void tokensOfTwoSecondsAreEnough() throws Exception {
    hub.tokenLifetime(Duration.ofSeconds(2));
    mirror.get(TAG);
    Mirror.await(
        "a third token",
        () -> {
          try {
            assertEquals(200, mirror.get(TAG).statusCode());
            return tokens() >= 3;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @ParameterizedTest(name = "token server: {0}")
  @CsvSource({
    "500, 502",
    "401, 404",
    "garbage, 502",
    "no token, 502",
    "huge, 502",
    "closes, 502",
  })
  void aTokenServerThatFails(String fault, int status) throws Exception {
    var rule = hub.when("GET", "/token");
    switch (fault) {
      case "500" -> rule.status(500);
      case "401" -> rule.status(401);
      case "garbage" -> rule.status(200, "application/json", "<html>");
      case "no token" -> rule.status(200, "application/json", "{}");
      case "huge" ->
          rule.status(200, "application/json", "{\"token\":\"" + "a".repeat(1 << 20) + "\"}");
      default -> rule.close();
    }
    assertEquals(status, mirror.get(TAG).statusCode());
    hub.behave();
    assertEquals(200, mirror.get(TAG).statusCode());
  }

  @Test
  void listsTheUpstreamsTags() throws Exception {
    assertEquals(
        "{\"name\":\"library/app\",\"tags\":[\"latest\",\"multi\"]}",
        text(mirror.get("/v2/library/app/tags/list").body()));
    assertEquals(404, mirror.get("/v2/no/such/tags/list").statusCode());
    mirror.get(TAG);
    hub.close();
    assertEquals(
        "{\"name\":\"library/app\",\"tags\":[\"latest\"]}",
        text(mirror.get("/v2/library/app/tags/list").body()));
  }

  @Test
  void asksTwoReadersOfOneBlobHeadOnce() throws Exception {
    hub.when("HEAD", "/blobs/|/cdn/").latency(Duration.ofMillis(200));
    var heads =
        Stream.generate(() -> mirror.getLater("HEAD /v2/library/app/blobs/" + IMAGE.layer()))
            .limit(5)
            .toList();
    for (var head : heads) {
      assertEquals(200, head.join().statusCode());
      assertEquals("50000", header(head.join(), "Content-Length"));
    }
    assertEquals(1, hub.count("HEAD", "/cdn/"));
    assertEquals(0, hub.count("GET", "/cdn/"));
  }
}
