package io.layover.standin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The stand-in behaves as the registries do; seen with the JDK's client, which shares no code. */
class HubStandInTest {
  private static final Image IMAGE = Images.oci(1, 2, 300_000);
  private static final String MANIFEST = "/v2/library/app/manifests/latest";
  private static final String BLOB = "/v2/library/app/blobs/" + IMAGE.layer();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx).user("alice", "secret1");

  @BeforeEach
  void fill() {
    hub.repository("library/app").put("latest", IMAGE);
    hub.repository("alice/mine").secret().put("1", IMAGE);
  }

  @AfterEach
  void close() {
    hub.close();
    vertx.close().await();
    http.shutdownNow();
  }

  @Test
  void pullsByTokenAndRedirect() throws Exception {
    var challenge = get(hub.url() + "/v2/");
    assertEquals(401, challenge.statusCode());
    assertEquals(
        "Bearer realm=\"" + hub.realm() + "\",service=\"standin.example\"",
        challenge.headers().firstValue("WWW-Authenticate").orElseThrow());
    var refused = get(hub.url() + MANIFEST);
    assertTrue(
        refused
            .headers()
            .firstValue("WWW-Authenticate")
            .orElseThrow()
            .endsWith("scope=\"repository:library/app:pull\""));
    var token = token("library/app");

    var manifest = get(hub.url() + MANIFEST, "Authorization", "Bearer " + token);
    assertEquals(200, manifest.statusCode());
    assertEquals(Images.OCI_MANIFEST, header(manifest, "Content-Type"));
    assertEquals(IMAGE.digest().toString(), header(manifest, "Docker-Content-Digest"));
    assertEquals(IMAGE.digest(), Digest.sha256(manifest.body()));

    var redirect = get(hub.url() + BLOB, "Authorization", "Bearer " + token);
    assertEquals(307, redirect.statusCode());
    var target = header(redirect, "Location");
    assertTrue(target.startsWith("http://localhost:"), target);
    assertEquals(400, get(target, "Authorization", "Bearer " + token).statusCode());
    assertEquals(IMAGE.layer(), Digest.sha256(get(target).body()));

    assertEquals(1, hub.count("GET", "/blobs/"));
    assertEquals(2, hub.count("GET", "^/cdn/"));
    assertEquals(IMAGE.manifest().length() + 300_000, hub.bytesSent());
    assertTrue(hub.log().requests("GET", "^/cdn/").getFirst().hadAuthorization());
    assertFalse(hub.log().requests("GET", "^/cdn/").getLast().hadAuthorization());
  }

  @Test
  void tokensAreForOneRepositoryAndExpire() throws Exception {
    var token = token("library/app");
    assertEquals(200, pull(MANIFEST, token));
    assertEquals(401, pull("/v2/library/other/manifests/latest", token));
    assertEquals(401, pull("/v2/library/other/manifests/latest", token("library/other")));
    assertEquals(404, pull("/v2/library/app/manifests/none", token));
    assertEquals(401, pull("/v2/alice/mine/manifests/1", token("alice/mine")));
    assertEquals(200, pull("/v2/alice/mine/manifests/1", token("alice/mine", "alice:secret1")));
    hub.expireTokens();
    assertEquals(401, pull(MANIFEST, token));
    hub.expiredIs400(true);
    assertEquals(400, pull(MANIFEST, token));

    hub.tokenLifetime(Duration.ofMillis(200)).onlyAccessToken(true).omitExpiresIn(true);
    var answer = tokenAnswer("library/app", "");
    assertEquals(Set.of("access_token", "issued_at"), answer.fieldNames());
    assertTrue(answer.getString("issued_at").matches("[-0-9]+T[:0-9]+\\.[0-9]{9}Z"));
    assertEquals(200, pull(MANIFEST, answer.getString("access_token")));
    Thread.sleep(250);
    assertEquals(400, pull(MANIFEST, answer.getString("access_token")));
  }

  @Test
  void wrongPasswordsGetNoToken() {
    assertThrows(IllegalStateException.class, () -> token("library/app", "alice:wrong"));
  }

  @ParameterizedTest
  @EnumSource(ChallengeForm.class)
  void challengesInEveryForm(ChallengeForm form) throws Exception {
    hub.challenge(form);
    var lines = get(hub.url() + MANIFEST).headers().allValues("WWW-Authenticate");
    assertEquals(form == ChallengeForm.SCHEMES_IN_MANY_HEADERS ? 3 : 1, lines.size());
    var line = lines.getLast();
    assertTrue(line.contains(hub.realm()), line);
    assertEquals(form != ChallengeForm.NO_SERVICE, line.contains("standin.example"), line);
    assertEquals(
        !Set.of(ChallengeForm.NO_SCOPE, ChallengeForm.FOREIGN_SCOPE, ChallengeForm.AWS_SCOPE)
            .contains(form),
        line.contains("repository:library/app:pull"),
        line);
    assertEquals(form == ChallengeForm.UNQUOTED, !line.contains("\""), line);
  }

  @Test
  void basic() throws Exception {
    hub.auth(Auth.BASIC);
    assertTrue(header(get(hub.url() + "/v2/"), "WWW-Authenticate").startsWith("Basic "));
    assertEquals(
        200, get(hub.url() + MANIFEST, "Authorization", basic("alice:secret1")).statusCode());
    assertEquals(401, get(hub.url() + MANIFEST, "Authorization", basic("alice:x")).statusCode());
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-9, 206, 10, bytes 0-9/300000",
    "bytes=299990-, 206, 10, bytes 299990-299999/300000",
    "bytes=-7, 206, 7, bytes 299993-299999/300000",
    "bytes=299999-400000, 206, 1, bytes 299999-299999/300000",
    "bytes=300000-, 416, , bytes */300000",
    "bytes=0-1;2-3, 200, 300000,",
  })
  void ranges(String range, int status, Integer length, String contentRange) throws Exception {
    hub.auth(Auth.NONE).redirectBlobs(false);
    var part = get(hub.url() + BLOB, "Range", range);
    assertEquals(status, part.statusCode());
    assertEquals(contentRange, part.headers().firstValue("Content-Range").orElse(null));
    if (length != null) {
      assertEquals(length, part.body().length);
    }
    hub.ranges(false);
    assertEquals(200, get(hub.url() + BLOB, "Range", range).statusCode());
    assertEquals(range, hub.requests().getLast().range());
  }

  @Test
  void partsAreThoseOfTheWhole() throws Exception {
    hub.auth(Auth.NONE).redirectBlobs(false);
    var whole = get(hub.url() + BLOB).body();
    var part = get(hub.url() + BLOB, "Range", "bytes=100003-200001").body();
    assertEquals(Digest.sha256(Arrays.copyOfRange(whole, 100003, 200002)), Digest.sha256(part));
  }

  @Test
  void countsPulls() throws Exception {
    hub.auth(Auth.NONE).rateLimit(100, 1);
    assertEquals("1;w=21600", header(head(hub.url() + MANIFEST), "ratelimit-remaining"));
    var last = get(hub.url() + MANIFEST);
    assertEquals("100;w=21600", header(last, "ratelimit-limit"));
    assertEquals("0;w=21600", header(last, "ratelimit-remaining"));
    var limited = get(hub.url() + MANIFEST);
    assertEquals(429, limited.statusCode());
    assertTrue(text(limited).contains("TOOMANYREQUESTS"));
    assertEquals(200, head(hub.url() + MANIFEST).statusCode());
    hub.when("GET", "/manifests/").abuseLimit(60);
    assertEquals("60", header(get(hub.url() + MANIFEST), "Retry-After"));
  }

  @Test
  void answersWithoutADeclaredLength() throws Exception {
    hub.when("GET", "/blobs/").chunked();
    var blob = redirected();
    assertNull(blob.headers().firstValue("Content-Length").orElse(null));
    assertEquals(IMAGE.layer(), Digest.sha256(blob.body()));
  }

  @Test
  void signedAddressesExpire() throws Exception {
    hub.auth(Auth.NONE).signedFor(Duration.ofMillis(100));
    var target = header(get(hub.url() + BLOB), "Location");
    assertEquals(200, get(target).statusCode());
    Thread.sleep(150);
    assertEquals(403, get(target).statusCode());
    assertEquals(403, get(target.replace("signature=", "signature=0")).statusCode());
  }

  @Test
  void lies() throws Exception {
    hub.auth(Auth.NONE).redirectBlobs(false);
    hub.when("GET", "/manifests/").times(1).without("Docker-Content-Digest");
    assertFalse(get(hub.url() + MANIFEST).headers().map().containsKey("docker-content-digest"));
    assertEquals(
        IMAGE.digest().toString(), header(get(hub.url() + MANIFEST), "Docker-Content-Digest"));
    hub.when("GET|HEAD", "/manifests/").header("Content-Type", "text/html");
    assertEquals("text/html", header(head(hub.url() + MANIFEST), "Content-Type"));
    hub.behave();
    hub.when("GET", "/manifests/").replaceWith(5_000_000);
    assertEquals(new JsonObject(), new JsonObject(text(get(hub.url() + MANIFEST))));

    hub.when("GET", "/blobs/").times(1).corrupt(200_000);
    var wrong = get(hub.url() + BLOB).body();
    assertEquals(300_000, wrong.length);
    assertNotEquals(IMAGE.layer(), Digest.sha256(wrong));
    assertEquals(IMAGE.layer(), Digest.sha256(get(hub.url() + BLOB).body()));
    hub.when("GET", "/blobs/").announceMore(-1000);
    assertEquals(299_000, get(hub.url() + BLOB).body().length);
    hub.when("GET", "/blobs/").announceMore(1000);
    assertThrows(IOException.class, () -> get(hub.url() + BLOB));
  }

  @Test
  void breaks() throws Exception {
    hub.auth(Auth.NONE).redirectBlobs(false);
    hub.when("GET", "/blobs/").times(1).cutAfter(100_000);
    assertThrows(IOException.class, () -> get(hub.url() + BLOB));
    assertEquals(100_000, hub.bytesSent());
    hub.when("GET", "/blobs/").times(1).resetAfter(0);
    var reset = assertThrows(IOException.class, () -> raw(BLOB));
    assertTrue(reset.toString().contains("reset"), reset::toString);
    hub.when("GET", "/blobs/").times(1).cutAfter(0);
    assertTrue(raw(BLOB).startsWith("HTTP/1.1 200 OK"));
    hub.when("GET", "/blobs/").times(1).close();
    assertEquals("", raw(BLOB));
    hub.when("GET", "/blobs/").times(1).stallAfter(70_000);
    assertThrows(IOException.class, () -> get(hub.url() + BLOB));
    assertEquals(70_000, hub.requests().getLast().bytesSent());
    hub.when("GET", "/blobs/").times(1).hang();
    assertThrows(IOException.class, () -> get(hub.url() + BLOB));
    var endless = hub.when("GET", "/blobs/").times(1).endless();
    assertThrows(IOException.class, () -> get(hub.url() + BLOB));
    assertTrue(hub.requests().getLast().bytesSent() > 1_000_000);
    assertEquals(1, endless.hits());
    assertEquals(200, get(hub.url() + BLOB).statusCode());
  }

  @Test
  void isSlow() throws Exception {
    hub.auth(Auth.NONE).redirectBlobs(false);
    hub.when("GET", "/manifests/").latency(Duration.ofMillis(200));
    hub.when("GET", "/blobs/").throttle(1_000_000);
    long start = System.nanoTime();
    get(hub.url() + MANIFEST);
    long waited = (System.nanoTime() - start) / 1_000_000;
    assertTrue(waited >= 200, waited + " ms");
    get(hub.url() + BLOB);
    long sent = (System.nanoTime() - start) / 1_000_000 - waited;
    assertTrue(sent >= 250, sent + " ms for 300 kB at 1 MB/s");
  }

  @Test
  void refusesAndRedirectsOnCommand() throws Exception {
    hub.when("HEAD", "/blobs/").status(500);
    assertEquals(500, head(hub.url() + BLOB).statusCode());
    hub.when("GET", "/manifests/").after(1).times(1).unauthorized();
    assertEquals(200, pull(MANIFEST, token("library/app")));
    assertEquals(401, pull(MANIFEST, token("library/app")));
    assertEquals(200, pull(MANIFEST, token("library/app")));
    hub.when("GET", "/manifests/").redirectLoop();
    assertEquals(MANIFEST + "?hop=3", header(get(hub.url() + MANIFEST + "?hop=2"), "Location"));
    hub.behave();
    hub.auth(Auth.NONE).headOfBlobs401(true);
    assertEquals(401, head(hub.url() + BLOB).statusCode());
    assertEquals(307, get(hub.url() + BLOB).statusCode());
  }

  @Test
  void stopsAndComesBackOnTheSamePort() throws Exception {
    hub.close();
    assertThrows(IOException.class, () -> get(hub.url() + "/v2/"));
    hub.listen();
    assertEquals(401, get(hub.url() + "/v2/").statusCode());
  }

  @Test
  void largeBlobsAreNotHeldInMemory() {
    var large = Content.layer(7, 500L << 20);
    assertEquals(large.digest(), Content.layer(7, 500L << 20).digest());
    assertEquals(1 << 16, large.read(400L << 20, 1 << 16).length());
  }

  /** Everything that comes over a connection until the other side ends it in order. */
  private String raw(String path) throws IOException {
    var address = URI.create(hub.url());
    try (var socket = new Socket(address.getHost(), address.getPort())) {
      var request = "GET " + path + " HTTP/1.1\r\nHost: " + address.getAuthority() + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private HttpResponse<byte[]> redirected() throws Exception {
    var redirect = get(hub.url() + BLOB, "Authorization", "Bearer " + token("library/app"));
    return get(header(redirect, "Location"));
  }

  private int pull(String path, String token) throws Exception {
    return get(hub.url() + path, "Authorization", "Bearer " + token).statusCode();
  }

  private String token(String repository) throws Exception {
    return token(repository, "");
  }

  private String token(String repository, String user) throws Exception {
    return tokenAnswer(repository, user).getString("token");
  }

  private JsonObject tokenAnswer(String repository, String user) throws Exception {
    var url = hub.realm() + "?service=standin.example&scope=repository:" + repository + ":pull";
    var answer = user.isEmpty() ? get(url) : get(url, "Authorization", basic(user));
    if (answer.statusCode() != 200) {
      throw new IllegalStateException(text(answer));
    }
    return new JsonObject(text(answer));
  }

  private static String basic(String user) {
    return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<byte[]> get(String url, String... headers) throws Exception {
    return send("GET", url, headers);
  }

  private HttpResponse<byte[]> head(String url) throws Exception {
    return send("HEAD", url);
  }

  private HttpResponse<byte[]> send(String method, String url, String... headers) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .version(HttpClient.Version.HTTP_1_1);
    if (headers.length > 0) {
      request.headers(headers);
    }
    var answer = http.sendAsync(request.build(), BodyHandlers.ofByteArray());
    try {
      return answer.get(1, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      answer.cancel(true);
      throw new IOException("no complete answer", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof IOException io ? io : e;
    }
  }

  private static String header(HttpResponse<?> answer, String name) {
    return answer.headers().firstValue(name).orElseThrow();
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }
}
