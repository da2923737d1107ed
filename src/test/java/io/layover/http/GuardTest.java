package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.Algorithm;
import io.layover.auth.Forge;
import io.layover.auth.Gate;
import io.layover.auth.Jwk;
import io.layover.auth.SillyGate;
import io.layover.auth.TokenGate;
import io.layover.auth.TokenVerifier;
import io.layover.auth.TrustedKeys;
import io.layover.oci.Digest;
import io.layover.registry.LocalRegistry;
import io.layover.registry.PushRules;
import io.layover.registry.Routing;
import io.layover.upstream.Access;
import io.layover.upstream.Freshness;
import io.layover.upstream.Upstream;
import io.layover.upstream.Upstreams;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each endpoint asks of who sends a request, and what it says to who lacks it. */
class GuardTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final KeyPair KEYS = Forge.keys("ES256");
  private static final String REALM = "https://auth.example/token";
  private static final String CHALLENGE =
      "Bearer realm=\"" + REALM + "\",service=\"" + Forge.SERVICE + "\"";
  private static final Pattern SCOPE = Pattern.compile(",scope=\"([^\"]*)\"");

  @TempDir private Path root;
  private ApiServer server;

  /** Of team/app, which only those may pull who are told so. */
  private Digest image;

  private final Digest blob = Digest.sha256("secret layer");

  @BeforeEach
  void start() {
    server = ApiServer.over(root);
    image = server.pushImage("team/app", "1", "secret layer");
    restart(new ApiServer.Settings());
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @AfterAll
  static void close() {
    VERTX.close().await();
  }

  private void restart(ApiServer.Settings settings) {
    server.close();
    server = ApiServer.over(root, settings.gate(gate(null)));
  }

  private static Gate gate(@Nullable String path) {
    var expected = new TokenVerifier.Expected(Forge.ISSUER, Forge.SERVICE, Algorithm.ASYMMETRIC);
    var keys = TrustedKeys.of(List.of(KEYS.getPublic()));
    return new TokenGate(
        new TokenVerifier(VERTX, expected, keys, Instant::now),
        new TokenGate.Realm(REALM, path),
        Forge.SERVICE);
  }

  private static String[] token(String... scopes) {
    return bearer(Forge.claims(Instant.now(), scopes));
  }

  private static String[] bearer(JsonObject claims) {
    var header = Forge.header("ES256", Jwk.thumbprint(KEYS.getPublic()));
    return new String[] {
      "Authorization", "Bearer " + Forge.token(header, claims, KEYS.getPrivate())
    };
  }

  private Answer send(String method, String path, String... headers) {
    var filled =
        path.replace("@blob", blob.toString())
            .replace("@image", image.toString())
            .replace("@upload", UUID.randomUUID().toString());
    var body = method.startsWith("P") ? Buffer.buffer("body") : null;
    return server.request(method, filled, body, headers);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      value = {
        "GET    | /v2/team/app/blobs/@blob           | repository:team/app:pull",
        "HEAD   | /v2/team/app/blobs/@blob           | repository:team/app:pull",
        "DELETE | /v2/team/app/blobs/@blob           | repository:team/app:delete",
        "GET    | /v2/team/app/manifests/1           | repository:team/app:pull",
        "HEAD   | /v2/team/app/manifests/@image      | repository:team/app:pull",
        "PUT    | /v2/team/app/manifests/1           | repository:team/app:pull,push",
        "DELETE | /v2/team/app/manifests/1           | repository:team/app:delete",
        "POST   | /v2/team/app/blobs/uploads/        | repository:team/app:pull,push",
        "POST   | /v2/team/app/blobs/uploads         | repository:team/app:pull,push",
        "GET    | /v2/team/app/blobs/uploads/@upload | repository:team/app:pull",
        "PATCH  | /v2/team/app/blobs/uploads/@upload | repository:team/app:pull,push",
        "PUT    | /v2/team/app/blobs/uploads/@upload | repository:team/app:pull,push",
        "DELETE | /v2/team/app/blobs/uploads/@upload | repository:team/app:push",
        "GET    | /v2/team/app/tags/list             | repository:team/app:pull",
        "GET    | /v2/team/app/referrers/@image      | repository:team/app:pull",
        "GET    | /api/explain?ref=team/app:1        | repository:team/app:pull",
        "GET    | /v2/_catalog                       | registry:catalog:*",
      })
  void everyEndpointNeedsItsScope(String method, String path, String scope) {
    var without = send(method, path).expect(401);
    assertEquals(CHALLENGE + ",scope=\"" + scope + "\"", without.header("WWW-Authenticate"));
    if (!method.equals("HEAD")) {
      assertEquals("UNAUTHORIZED", without.error().getString("code"));
      assertEquals(detail(scope), without.error().getJsonArray("detail"));
    }

    var actions = scope.substring(scope.lastIndexOf(':') + 1).split(",", -1);
    var name = scope.substring(0, scope.lastIndexOf(':') + 1);
    for (var action : actions) {
      var less = Arrays.stream(actions).filter(a -> !a.equals(action)).toList();
      var token = less.isEmpty() ? token() : token(name + String.join(",", less));
      assertEquals(
          CHALLENGE + ",scope=\"" + scope + "\",error=\"insufficient_scope\"",
          send(method, path, token).expect(401).header("WWW-Authenticate"));
    }
    send(method, path, token("repository:team/other:*", "registry:team/app:*")).expect(401);

    for (var enough : List.of(scope, name + "*")) {
      assertTrue(send(method, path, token(enough)).status() != 401, enough);
    }
  }

  private static JsonArray detail(String scope) {
    var parts = scope.split(":", -1);
    var detail = new JsonArray();
    for (var action : parts[2].split(",", -1)) {
      detail.add(
          new JsonObject()
              .put("Type", parts[0])
              .put("Class", "")
              .put("Name", parts[1])
              .put("Action", action));
    }
    return detail;
  }

  @ParameterizedTest
  @CsvSource({"/v2/", "/v2"})
  void theBaseNeedsATokenOfAnybody(String path) {
    var without = server.get(path).expect(401);
    assertEquals(CHALLENGE, without.header("WWW-Authenticate"));
    assertEquals("registry/2.0", without.header("Docker-Distribution-API-Version"));
    assertNull(without.error().getValue("detail"));
    assertEquals(CHALLENGE, server.head(path).expect(401).header("WWW-Authenticate"));

    server.get(path, token()).expect(200);
    server.get(path, bearer(Forge.claims(Instant.now()).put("sub", ""))).expect(200);
    server.get("/").expect(200);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "Basic YWxpY2U6c2VjcmV0 | -",
        "Bearer                 | -",
        "Bearer ...             | invalid_token",
        "Bearer e30.e30.        | invalid_token",
        "bearer a b c           | invalid_token",
        "Bearer\u00e9           | -",
      })
  void otherCredentialsAreRefused(String header, @Nullable String error) {
    var answer = server.get("/v2/", "Authorization", header).expect(401);

    assertEquals(
        error == null ? CHALLENGE : CHALLENGE + ",error=\"" + error + "\"",
        answer.header("WWW-Authenticate"));
  }

  @Test
  void badTokensAreRefused() {
    var now = Instant.now();
    for (var claims :
        List.of(
            Forge.claims(now.minusSeconds(400)),
            Forge.claims(now).put("aud", "another"),
            Forge.claims(now).put("iss", "another"))) {
      var answer = server.get("/v2/", bearer(claims)).expect(401);
      assertEquals(CHALLENGE + ",error=\"invalid_token\"", answer.header("WWW-Authenticate"));
    }
    var good = token()[1];
    server.get("/v2/", "Authorization", good.replace("Bearer", "bEARER")).expect(200);
    server.get("/v2/", "Authorization", good.substring(0, good.length() - 2)).expect(401);
  }

  /** Before anything else is said, and while the body is on its way. */
  @Test
  void aPushIsRefusedBeforeItsBodyIsRead() throws IOException {
    try (var client = new RawClient(server.port())) {
      client.write(
          "PUT /v2/team/app/manifests/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n{");
      assertTrue(client.answer().startsWith("HTTP/1.1 401 "));
    }
  }

  @Test
  void namesThatAreNoneAreRefusedAsSuch() {
    server.get("/v2/UPPER/manifests/1").expect(400, "NAME_INVALID");
    server.get("/v2/a%22%0d%0ab/manifests/1").expect(400);
    server.get("/v2/nothing/here").expect(404);
    server.request("PATCH", "/v2/", null).expect(405);
  }

  @Test
  void mountsNeedPullOnTheirSource() {
    var mount = "/v2/mine/app/blobs/uploads/?mount=@blob&from=team/app";
    assertEquals(
        "repository:mine/app:pull,push repository:team/app:pull",
        scope(send("POST", mount).expect(401)));

    send("POST", mount, token("repository:mine/app:pull,push")).expect(202);
    send("GET", "/v2/mine/app/blobs/@blob", token("repository:mine/app:pull")).expect(404);
    send("POST", mount, token("repository:mine/app:pull,push", "repository:team/app:push"))
        .expect(202);
    send("POST", mount, token("repository:mine/app:pull,push", "repository:team/app:pull"))
        .expect(201);
    send("GET", "/v2/mine/app/blobs/@blob", token("repository:mine/app:pull")).expect(200);
  }

  /** What is not there and what may not be seen look alike. */
  @Test
  void mountsTellNothing() {
    var mine = token("repository:mine/app:pull,push");
    var absent = Digest.sha256("absent");
    for (var from : List.of("&from=team/app", "&from=no/such", "")) {
      for (var digest : List.of(blob, absent)) {
        var answer = send("POST", "/v2/mine/app/blobs/uploads/?mount=" + digest + from, mine);
        answer.expect(202);
        assertTrue(answer.location().startsWith("/v2/mine/app/blobs/uploads/"));
      }
    }
    send("HEAD", "/v2/mine/app/blobs/@blob", mine).expect(404);
  }

  /**
   * Neither a manifest that refers to it nor a foreign layer opens a blob of another repository.
   */
  @Test
  void noBlobIsReadThroughAnotherRepository() {
    restart(new ApiServer.Settings().rules(new PushRules(true, child -> true, url -> true)));
    var mine = token("repository:mine/app:pull,push");
    var foreign =
        Documents.descriptor(
                "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", blob, 12)
            .put("urls", new JsonArray().add("https://layers.example/1"));
    var config = pushBlob("mine/app", "{}", mine);
    var json = Documents.imageObject(config, 2, foreign).encode();
    server.request("PUT", "/v2/mine/app/manifests/1", Buffer.buffer(json), mine).expect(201);
    send("GET", "/v2/mine/app/blobs/@blob", mine).expect(404);

    var plain = Documents.image(config, 2, blob, 12);
    server
        .request("PUT", "/v2/mine/app/manifests/2", Buffer.buffer(plain), mine)
        .expect(400, "MANIFEST_BLOB_UNKNOWN");
    var child = Documents.descriptor("application/vnd.oci.image.manifest.v1+json", image, 1);
    var index = Documents.index("application/vnd.oci.image.index.v1+json", child).encode();
    server
        .request("PUT", "/v2/mine/app/manifests/3", Buffer.buffer(index), mine)
        .expect(400, "MANIFEST_BLOB_UNKNOWN");
    send("GET", "/v2/mine/app/manifests/@image", mine).expect(404);
    send("GET", "/v2/mine/app/blobs/@image", mine).expect(404);
  }

  private Digest pushBlob(String name, String content, String... headers) {
    var digest = Digest.sha256(content);
    var path = "/v2/" + name + "/blobs/uploads/?digest=" + digest;
    server.request("POST", path, Buffer.buffer(content), headers).expect(201);
    return digest;
  }

  /** Images of an upstream, whatever name they are asked for by, need pull on their name here. */
  @ParameterizedTest(name = "{0} needs {1}")
  @CsvSource({
    "ghcr.io/org/app,                     ghcr.io/org/app",
    "org/app?ns=ghcr.io,                  ghcr.io/org/app",
    "alpine,                              library/alpine",
    "library/alpine,                      library/alpine",
    "docker.io/alpine,                    library/alpine",
    "docker.io/library/alpine,            library/alpine",
    "library/alpine?ns=docker.io,         library/alpine",
    "docker.io/team/app,                  team/app",
    "team/app?ns=docker.io,               team/app",
  })
  void noOtherNameOpensAnImage(String asked, String name) {
    server.close();
    server = ApiServer.over(root);
    server.pushImage("ghcr.io/org/app", "1", "private");
    server.pushImage("library/alpine", "1", "public");
    restart(new ApiServer.Settings().routing(GuardTest::routing));
    var path = "/v2/" + asked.replaceFirst("(\\?|$)", "/manifests/1$1");

    assertEquals("repository:" + name + ":pull", scope(server.get(path).expect(401)));
    var others =
        List.of("org/app", "alpine", "app", "team", "docker.io/library/alpine", "library/library");
    for (var other : others) {
      server.get(path, token("repository:" + other + ":*")).expect(401);
    }
    server.get(path, token("repository:" + name + ":pull")).expect(200);
  }

  /** Two caches that are filled already. */
  private static Routing routing(LocalRegistry local) {
    return new Upstreams(
        local,
        name -> name.value().startsWith("team/"),
        "open for push: team/**",
        List.of(
            new Upstreams.Entry(upstream("docker.io", false), local),
            new Upstreams.Entry(upstream("ghcr.io", true), local)));
  }

  private static Upstream upstream(String name, boolean prefix) {
    var url = URI.create("http://" + name);
    var freshness = new Freshness(Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
    return new Upstream(name, url, null, prefix, Access.ALL, freshness, true);
  }

  @Test
  void anUnknownUpstreamIsNotToldToStrangers() {
    restart(new ApiServer.Settings().routing(GuardTest::routing));

    assertEquals(
        "repository:org/app:pull",
        scope(server.get("/v2/org/app/manifests/1?ns=quay.io").expect(401)));
    server
        .get("/v2/org/app/manifests/1?ns=quay.io", token("repository:org/app:pull"))
        .expect(404, "NAME_UNKNOWN");
  }

  @Test
  void theRealmIsWhereTheClientIs() throws IOException {
    server.close();
    server = ApiServer.over(root, new ApiServer.Settings().gate(gate("/auth/token")));
    assertEquals("http://127.0.0.1:" + server.port() + "/auth/token", realm(server.get("/v2/")));
    assertEquals("http://hub.example:1/auth/token", realmFor("hub.example:1"));
    assertEquals("http://[::1]:5000/auth/token", realmFor("[::1]:5000"));
    for (var host : List.of("a\",service=\"b", "a/b", "a\\b", "a@b", "a b", "")) {
      assertTrue(List.of(REALM, "400").contains(realmFor(host)), host);
    }

    server.close();
    server =
        ApiServer.over(
            root,
            new ApiServer.Settings().gate(gate("/auth/token")).host("https://registry.example"));
    assertEquals("https://registry.example/auth/token", realm(server.get("/v2/")));
  }

  private String realmFor(String host) throws IOException {
    try (var client = new RawClient(server.port())) {
      client.write("GET /v2/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      var answer = client.answer();
      if (answer.startsWith("HTTP/1.1 400 ")) {
        return "400";
      }
      var challenge = Pattern.compile("(?i)www-authenticate: (.*)\r\n").matcher(answer);
      assertTrue(challenge.find(), answer);
      return realm(challenge.group(1));
    }
  }

  private static String realm(Answer answer) {
    return realm(String.valueOf(answer.expect(401).header("WWW-Authenticate")));
  }

  private static String realm(String challenge) {
    return challenge.replaceFirst("^Bearer realm=\"([^\"]*)\",service=\"Docker registry\".*", "$1");
  }

  private static String scope(Answer answer) {
    var m = SCOPE.matcher(String.valueOf(answer.header("WWW-Authenticate")));
    assertTrue(m.find(), () -> answer.headers().toString());
    return m.group(1);
  }

  @Test
  void sillyLetsInWhoeverSaysAnything() {
    server.close();
    server = ApiServer.over(root, new ApiServer.Settings().gate(new SillyGate("r", "s")));

    assertEquals(
        "Bearer realm=\"r\",service=\"s\"",
        server.get("/v2/").expect(401).header("WWW-Authenticate"));
    assertEquals(
        "Bearer realm=\"r\",service=\"s\",scope=\"repository:team/app:pull\"",
        server.get("/v2/team/app/manifests/1").expect(401).header("WWW-Authenticate"));
    server.get("/v2/team/app/manifests/1", "Authorization", "seriously, anything").expect(200);
  }
}
