package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.log.Logs;
import io.layover.standin.HubStandIn;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a registry writes to its log while it is used, well and badly. */
@Timeout(120)
class LogsTest {
  private static final String UPSTREAM_PASSWORD = "Up5tream-Pa55word";
  private static final String ALICES = "A1ices-Pa55word";
  private static final String SIGNED = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
  private static final List<String> SECRETS =
      List.of(UPSTREAM_PASSWORD, ALICES, basic("mirror", UPSTREAM_PASSWORD), SIGNED, "eyJ");

  private final PrintStream before = System.out;
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  @TempDir private Path folder;

  @BeforeEach
  void catchLines() {
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void letGo() {
    System.setOut(before);
    apply("info", "text", "false");
  }

  private static void apply(String level, String form, String withoutAccess) {
    Logs.apply(
        ConfigReader.read(
                null,
                Map.of(
                    "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "data",
                    "REGISTRY_LOG_LEVEL", level,
                    "REGISTRY_LOG_FORMATTER", form,
                    "REGISTRY_LOG_ACCESSLOG_DISABLED", withoutAccess))
            .log());
  }

  /** The lines so far; whatever waits is written first. */
  private List<String> lines() {
    Logs.flush();
    return written.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private static String basic(String user, String password) {
    var pair = user + ":" + password;
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  /** A registry with a password, asked rightly once and wrongly once. */
  private void visit() throws Exception {
    var passwords = folder.resolve("htpasswd");
    Files.writeString(
        passwords, "alice:$2y$05$0KN4qz5FZCCCpV2osmeE6u7tLxX7CWjMEJY4ubc8njIvUmNR5KfKy\n");
    try (var registry =
        Mirror.of(
            "http://127.0.0.1:1",
            folder.resolve("data"),
            "REGISTRY_AUTH_HTPASSWD_REALM",
            "layover",
            "REGISTRY_AUTH_HTPASSWD_PATH",
            passwords.toString())) {
      assertEquals(401, registry.get("/v2/").statusCode());
      var wrong = registry.get("/v2/", "Authorization", "Basic " + basic("alice", ALICES));
      assertEquals(401, wrong.statusCode());
    }
  }

  @Test
  void text() throws Exception {
    apply("info", "text", "false");
    visit();
    var access = lines().stream().filter(line -> line.contains("msg=\"GET /v2/\"")).findFirst();
    assertTrue(
        access
            .orElseThrow()
            .matches(
                "time=\\S+Z level=info msg=\"GET /v2/\" method=GET route=\\S+ status=401 bytes=\\d+"
                    + " ms=\\S+ client=127.0.0.1 user=-"),
        access.orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(strings = {"json", "logstash"})
  void json(String form) throws Exception {
    apply("info", form, "false");
    visit();
    var message = form.equals("json") ? "msg" : "message";
    var lines = lines().stream().map(JsonObject::new).toList();
    var access =
        lines.stream().filter(l -> l.getString(message).equals("GET /v2/")).findFirst().get();
    assertEquals(401, access.getInteger("status"));
    assertEquals("info", access.getString("level"));
    assertTrue(access.containsKey(form.equals("json") ? "time" : "@timestamp"), access.encode());
    assertEquals(form.equals("json") ? null : "1", access.getString("@version"));
    assertTrue(
        lines.stream().anyMatch(l -> "refused".equals(l.getString("decision"))), lines.toString());
  }

  /** Who was let in is to be known, where neither requests nor anything else below an error is. */
  @Test
  void theAuditLogStandsAlone() throws Exception {
    apply("error", "json", "true");
    visit();
    var lines = lines().stream().map(JsonObject::new).toList();
    assertEquals(1, lines.size(), lines.toString());
    assertEquals("refused", lines.getFirst().getString("decision"));
    assertEquals("alice", lines.getFirst().getString("user"));
  }

  /** How a pull from an upstream with a password, tokens and signed redirects can go. */
  enum Way {
    WELL,
    REDIRECTED_TO_NOWHERE,
    REDIRECTED_TO_WHAT_IS_NO_ADDRESS,
    REFUSED_BY_THE_CDN,
    CUT_BY_THE_CDN,
    WRONG_PASSWORD,
    TOKEN_SERVER_REPEATS_THE_PASSWORD
  }

  @ParameterizedTest
  @EnumSource
  void noSecretOfAnUpstreamIsWritten(Way way) throws Exception {
    apply("debug", "text", "false");
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx);
        var mirror =
            Mirror.of(
                hub.url(),
                folder.resolve("data"),
                "REGISTRY_PROXY_UPSTREAMS",
                "[{name: docker.io, remoteurl: '%s', default: true, username: mirror, password: %s}]"
                    .formatted(hub.url(), UPSTREAM_PASSWORD))) {
      var image = Images.tiny(7);
      hub.repository("library/app").put("1", image);
      hub.user("mirror", way == Way.WRONG_PASSWORD ? "another" : UPSTREAM_PASSWORD);
      var signed = "/blob?X-Amz-Credential=AKIA1&X-Amz-Signature=" + SIGNED;
      switch (way) {
        case WELL, WRONG_PASSWORD -> {}
        case REDIRECTED_TO_NOWHERE ->
            hub.when("GET", "/blobs/").redirect("http://u:" + SIGNED + "@127.0.0.1:1" + signed);
        case REDIRECTED_TO_WHAT_IS_NO_ADDRESS ->
            hub.when("GET", "/blobs/").redirect("http://a b" + signed);
        case REFUSED_BY_THE_CDN ->
            hub.when("GET", "^/(?!v2|token)").status(403, "text/plain", "signature=" + SIGNED);
        case CUT_BY_THE_CDN -> hub.when("GET", "^/(?!v2|token)").cutAfter(10);
        case TOKEN_SERVER_REPEATS_THE_PASSWORD ->
            hub.when("GET|POST", "^/token")
                .status(401, "text/plain", "password=" + UPSTREAM_PASSWORD);
      }
      mirror.get("/v2/library/app/manifests/1");
      var blob = mirror.getLater("/v2/library/app/blobs/" + image.layer());
      assertEquals(way == Way.WELL, blob.handle((answer, e) -> isOk(answer)).get());
      assertTrue(hub.requests().size() > 1, "the upstream was asked");
    } finally {
      vertx.close().await();
    }
    assertSecretFree();
  }

  private static boolean isOk(@Nullable HttpResponse<?> answer) {
    return answer != null && answer.statusCode() == 200;
  }

  /** A client's request that is none, and tokens where they should not be. */
  @Test
  void noSecretOfAClientIsWritten() throws Exception {
    apply("debug", "text", "false");
    try (var mirror = Mirror.of("http://127.0.0.1:1", folder.resolve("data"))) {
      var token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0." + SIGNED;
      mirror.get("/v2/?access_token=" + token);
      mirror.get("/v2/" + token + "/tags/list", "Authorization", "Bearer " + token);
      for (var malformed :
          List.of(
              "GET /v2/?access_token=" + SIGNED + " x y HTTP/1.1\r\n\r\n",
              "GET /v2/ HTTP/1.1\r\nAuthorization Basic " + SIGNED + ": a\r\n\r\n",
              "GET /v2/ HTTP/1.1\r\nAuthorization: Bearer " + SIGNED + "\0\r\n\r\n")) {
        send(mirror.port(), malformed);
      }
    }
    assertSecretFree();
  }

  private static void send(int port, String text) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(30_000);
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      InputStream answer = socket.getInputStream();
      assertTrue(answer.readAllBytes().length > 0, text);
    }
  }

  private void assertSecretFree() {
    var lines = lines();
    assertFalse(lines.isEmpty());
    for (var line : lines) {
      for (var secret : SECRETS) {
        assertFalse(line.contains(secret), line);
      }
    }
  }
}
