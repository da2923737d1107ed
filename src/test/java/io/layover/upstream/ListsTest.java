package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.registry.Referrers;
import io.layover.standin.Auth;
import io.layover.standin.Content;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tags and referrers, from the upstream and from the cache. */
class ListsTest {
  private static final Image IMAGE = Images.tiny(73);
  private static final String TAGS = "/v2/library/app/tags/list";
  private static final String REFERRERS = "/v2/library/app/referrers/" + IMAGE.digest();
  private static final Freshness FRESHNESS =
      new Freshness(
          Duration.ofSeconds(10),
          Duration.ofHours(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(1),
          5);

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HandTime time = new HandTime();

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    hub.auth(Auth.NONE).repository("library/app").put("latest", IMAGE);
    mirror = mirror();
  }

  private MirrorFixture mirror() {
    var upstream = MirrorFixture.upstream(hub.url(), null, FRESHNESS);
    return MirrorFixture.of(upstream, root, Patience.DEFAULT, time);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private static JsonObject json(HttpResponse<byte[]> answer) {
    assertEquals(200, answer.statusCode());
    return new JsonObject(Buffer.buffer(answer.body()));
  }

  private static List<String> tags(HttpResponse<byte[]> answer) {
    return json(answer).getJsonArray("tags").stream().map(String::valueOf).toList();
  }

  private static @Nullable String next(HttpResponse<byte[]> answer) {
    return answer
        .headers()
        .firstValue("Link")
        .map(link -> link.replaceFirst("^<(.*)>; rel=\"next\"$", "$1"))
        .orElse(null);
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElse("");
  }

  private void putTags(int count) {
    var app = hub.repository("library/app");
    IntStream.range(0, count).forEach(n -> app.put("v%03d".formatted(n), IMAGE));
  }

  private List<String> follow(String path) throws Exception {
    var all = new ArrayList<String>();
    for (var at = path; at != null; ) {
      var page = mirror.get(at);
      all.addAll(tags(page));
      at = next(page);
    }
    return all;
  }

  @ParameterizedTest(name = "upstream gives {0} at a time, a client asks for {1}: backwards {2}")
  @CsvSource({"1000, 100, false", "7, 10, false", "10, 7, false", "1, 1000, false", "7, 10, true"})
  void tagsAreTheSameHoweverTheyArePaged(int there, int here, boolean backwards) throws Exception {
    putTags(50);
    hub.mostOnPage(there).listBackwards(backwards);
    var expected =
        Stream.concat(
                Stream.of("latest"), IntStream.range(0, 50).mapToObj(n -> "v%03d".formatted(n)))
            .toList();
    assertEquals(expected, follow(TAGS + "?n=" + here));
    assertEquals(expected.subList(11, 51), follow(TAGS + "?n=" + here + "&last=v009"));
  }

  @Test
  void aRegistryThatWouldRefuseMoreIsAskedForAThousand() throws Exception {
    mirror.get(TAGS);
    assertEquals("n=1000", hub.log().requests("GET", "/tags/list").getLast().query());
  }

  @Test
  void tagsOfUpstreamAndCacheStandTogether() throws Exception {
    putTags(3);
    assertEquals(200, mirror.get("/v2/library/app/manifests/v001").statusCode());
    hub.repository("library/app").untag("v001");
    var answer = mirror.get(TAGS);
    assertEquals(List.of("latest", "v000", "v001", "v002"), tags(answer));
    assertEquals("docker.io", header(answer, "OCI-Namespace"));
    assertEquals("Layover; fwd=uri-miss", header(answer, "Cache-Status"));
    var page = mirror.get(TAGS + "?n=2");
    assertEquals(List.of("latest", "v000"), tags(page));
    assertEquals(List.of("v001", "v002"), tags(mirror.get(String.valueOf(next(page)))));
  }

  @Test
  void theCacheAnswersAloneWithAWarningWhenTheUpstreamFails() throws Exception {
    putTags(2);
    assertEquals(200, mirror.get("/v2/library/app/manifests/v001").statusCode());
    hub.when("GET", "/tags/list").status(503);
    var answer = mirror.get(TAGS);
    assertEquals(List.of("v001"), tags(answer));
    assertTrue(
        header(answer, "Warning").startsWith("299 - \"may be out of date"), answer::toString);
    assertTrue(header(answer, "Cache-Status").contains("fwd=stale; fwd-status=503"));
    // Of what is not in the cache either, it is not known that it is not there.
    assertEquals(502, mirror.get("/v2/library/other/tags/list").statusCode());
    hub.behave();
    assertEquals(404, mirror.get("/v2/library/other/tags/list").statusCode());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[]", "{\"tags\":7}", "{\"tags\":{}}", "{", "<html>", "{\"tags\":\"latest\"}"})
  void whatIsNoListIsNotTaken(String body) throws Exception {
    hub.when("GET", "/tags/list").status(200, "application/json", body);
    assertEquals(502, mirror.get(TAGS).statusCode());
  }

  @Test
  void whatIsNoTagIsLeftOut() throws Exception {
    hub.when("GET", "/tags/list")
        .status(200, "application/json", "{\"tags\":[\"a b\",7,null,\"../x\",\"good\"]}");
    assertEquals(List.of("good"), tags(mirror.get(TAGS)));
    hub.behave();
    hub.when("GET", "/tags/list").status(200, "application/json", "{\"tags\":null}");
    assertEquals(List.of(), tags(mirror.get(TAGS)));
  }

  @Test
  void aListThatNeverEndsIsGivenUp() throws Exception {
    hub.when("GET", "/tags/list")
        .status(200, "application/json", "{\"tags\":[]}")
        .header("Link", "</v2/library/app/tags/list?n=1&last=a>; rel=\"next\"");
    assertEquals(502, mirror.get(TAGS).statusCode());
    assertEquals(500, hub.count("GET", "/tags/list"));
    assertEquals(1, refused("size"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:1/v2/library/app/tags/list",
        "/v2/library/other/tags/list",
        "/v2/library/app/../other/tags/list",
        "/etc/passwd",
        "file:///etc/passwd"
      })
  void aListDoesNotGoOnSomewhereElse(String next) throws Exception {
    hub.when("GET", "/library/app/tags/list").header("Link", "<" + next + ">; rel=\"next\"");
    assertEquals(502, mirror.get(TAGS).statusCode());
    assertEquals(1, refused("redirect"));
    assertEquals(0, hub.count("GET", "other|passwd"));
  }

  private double refused(String reason) {
    return mirror.figures.get("layover.upstream.refused").tag("reason", reason).counter().count();
  }

  private static JsonObject artifact(String type, int n) {
    var config = new JsonObject().put("mediaType", "application/vnd.oci.empty.v1+json");
    var empty = Content.of("{}").digest().toString();
    var subject = new JsonObject().put("mediaType", IMAGE.mediaType());
    return new JsonObject()
        .put("schemaVersion", 2)
        .put("mediaType", MediaTypes.OCI_MANIFEST)
        .put("artifactType", type)
        .put("config", config.put("digest", empty).put("size", 2))
        .put("layers", new JsonArray())
        .put("subject", subject.put("digest", IMAGE.digest().toString()).put("size", 1))
        .put("annotations", new JsonObject().put("n", "" + n));
  }

  private Digest attach(String type, int n) {
    var bytes = artifact(type, n).toBuffer();
    hub.repository("library/app")
        .putBlob(Content.of("{}"))
        .putManifest(MediaTypes.OCI_MANIFEST, bytes);
    return Digest.sha256(bytes.getBytes());
  }

  private static List<Digest> referrers(HttpResponse<byte[]> answer) {
    assertEquals(MediaTypes.OCI_INDEX, header(answer, "Content-Type"));
    return json(answer).getJsonArray("manifests").stream()
        .map(item -> Digest.parse(((JsonObject) item).getString("digest")))
        .toList();
  }

  private List<Digest> attachMany(int count) {
    return IntStream.range(0, count)
        .mapToObj(n -> attach(n % 2 == 0 ? "sig/even" : "sig/odd", n))
        .sorted(java.util.Comparator.comparing(Digest::toString))
        .toList();
  }

  @ParameterizedTest(name = "upstream gives {0} at a time, a client asks for {1}")
  @CsvSource({"1000, 1000", "3, 1000", "1000, 3", "2, 5"})
  void referrersAreTheSameHoweverTheyArePaged(int there, int here) throws Exception {
    var all = attachMany(8);
    hub.referrersApi(true).mostOnPage(there);
    var found = new ArrayList<Digest>();
    for (var at = REFERRERS + "?n=" + here; at != null; ) {
      var page = mirror.get(at);
      found.addAll(referrers(page));
      at = next(page);
    }
    assertEquals(all, found);
    assertEquals((8 + there - 1) / there, hub.count("GET", "/referrers/"), "asked for once");
  }

  @Test
  void referrersAreFilteredHere() throws Exception {
    attachMany(8);
    hub.referrersApi(true);
    var answer = mirror.get(REFERRERS + "?artifactType=sig/odd");
    assertEquals(4, referrers(answer).size());
    assertEquals("artifactType", header(answer, "OCI-Filters-Applied"));
    assertNull(hub.log().requests("GET", "/referrers/").getLast().query());
    assertEquals(0, referrers(mirror.get(REFERRERS + "?artifactType=other")).size());
    assertEquals(1, hub.count("GET", "/referrers/"), "all are known by then");
  }

  @Test
  void referrersAreKeptAsLongAsATag() throws Exception {
    var one = attach("sig", 1);
    hub.referrersApi(true);
    assertEquals(List.of(one), referrers(mirror.get(REFERRERS)));
    attach("sig", 2);
    var fresh = mirror.get(REFERRERS);
    assertEquals(List.of(one), referrers(fresh));
    assertEquals("Layover; hit", header(fresh, "Cache-Status"));
    time.pass(Duration.ofSeconds(11));
    assertEquals(2, referrers(mirror.get(REFERRERS)).size());

    // Also by a server that was started meanwhile, and with the upstream gone.
    mirror.close();
    mirror = mirror();
    hub.close();
    time.pass(Duration.ofSeconds(11));
    var stale = mirror.get(REFERRERS);
    assertEquals(2, referrers(stale).size());
    assertTrue(header(stale, "Warning").contains("last confirmed"), header(stale, "Warning"));
    time.pass(Duration.ofHours(1));
    assertEquals(502, mirror.get(REFERRERS).statusCode());
    hub.listen();
    assertEquals(2, referrers(mirror.get(REFERRERS)).size());
  }

  @Test
  void whatIsNotThereLeavesNothingBehind() throws Exception {
    hub.referrersApi(true);
    for (var n = 0; n < 5; n++) {
      var unknown = "/v2/library/app/referrers/" + Digest.sha256("unknown" + n);
      assertEquals(List.of(), referrers(mirror.get(unknown)));
    }
    assertFalse(root.resolve("layover/referrers").toFile().exists());
  }

  /** As Docker Hub, which has no such API: clients keep an index under a tag. */
  @Test
  void whereTheApiIsMissingTheFallbackTagIsRead() throws Exception {
    var one = attach("sig/odd", 1);
    var two = attach("sig/even", 2);
    assertEquals(List.of(), referrers(mirror.get(REFERRERS)));
    assertEquals(1, hub.count("GET", "/referrers/"));

    tagFallback(one, two);
    time.pass(Duration.ofSeconds(11));
    assertEquals(2, referrers(mirror.get(REFERRERS)).size());
    assertEquals(List.of(one), referrers(mirror.get(REFERRERS + "?artifactType=sig/odd")));
    assertEquals(1, hub.count("GET", "/referrers/"), "it is known that it has no such API");
    assertEquals(1, hub.count("GET", "/manifests/"), "as many pulls are counted");

    mirror.close();
    mirror = mirror();
    hub.close();
    time.pass(Duration.ofSeconds(11));
    var stale = mirror.get(REFERRERS);
    assertEquals(2, referrers(stale).size());
    assertTrue(header(stale, "Warning").contains("may be out of date"), stale::toString);
  }

  private void tagFallback(Digest... referrers) {
    var list = new JsonArray();
    for (var digest : referrers) {
      var type = digest.equals(referrers[0]) ? "sig/odd" : "sig/even";
      list.add(
          new JsonObject()
              .put("mediaType", MediaTypes.OCI_MANIFEST)
              .put("digest", digest.toString())
              .put("size", 1)
              .put("artifactType", type));
    }
    var index =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_INDEX)
            .put("manifests", list)
            .toBuffer();
    hub.repository("library/app")
        .putManifest(MediaTypes.OCI_INDEX, index)
        .tag(Referrers.fallbackTag(IMAGE.digest()).value(), Digest.sha256(index.getBytes()));
  }

  @Test
  void referrersInTheCacheStandBesideThoseThatTheUpstreamLists() throws Exception {
    var cached = attach("sig", 1);
    assertEquals(200, mirror.get("/v2/library/app/manifests/" + cached).statusCode());
    assertEquals(List.of(cached), referrers(mirror.get(REFERRERS)));
    var listed = attach("sig", 2);
    tagFallback(listed);
    time.pass(Duration.ofSeconds(11));
    assertEquals(
        Stream.of(cached, listed).map(Digest::toString).sorted().toList(),
        referrers(mirror.get(REFERRERS)).stream().map(Digest::toString).toList());
  }

  @Test
  void aDescriptorThatIsNoneIsLeftOut() throws Exception {
    var good = attach("sig", 1);
    hub.when("GET", "/referrers/")
        .status(
            200,
            MediaTypes.OCI_INDEX,
            """
            {"manifests": [7, null, {}, {"mediaType": "a", "digest": "sha256:x", "size": 1},
             {"mediaType": "a", "digest": "%1$s", "size": -1},
             {"mediaType": "a", "digest": "%1$s", "size": 1, "artifactType": 7,
              "annotations": {"a": "b", "c": {}}, "data": "x"}]}
            """
                .formatted(good));
    assertEquals(
        "[{\"mediaType\":\"a\",\"digest\":\"%s\",\"size\":1,\"annotations\":{\"a\":\"b\"}}]"
            .formatted(good),
        json(mirror.get(REFERRERS)).getJsonArray("manifests").encode());
  }

  @Test
  void aPageOfTheWebIsNoApi() throws Exception {
    hub.when("GET", "/referrers/").status(200, "text/html", "<html>");
    assertEquals(List.of(), referrers(mirror.get(REFERRERS)));
    hub.when("GET", "/referrers/").status(500);
    var other = "/v2/library/app/referrers/" + Digest.sha256("other");
    assertEquals(List.of(), referrers(mirror.get(other)), "nor is it asked again");
  }
}
