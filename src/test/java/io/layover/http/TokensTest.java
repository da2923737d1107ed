package io.layover.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The token endpoint, as its clients see it. */
class TokensTest {
  private static final String ALICE = TokenDesk.basic("alice", "sécret");
  private static final String BOB = TokenDesk.basic("bob", "secret2");
  private static final String S = "service=registry";

  @TempDir private static Path folder;
  private TokenDesk desk;

  @BeforeEach
  void setUp() {
    desk = TokenDesk.open(folder);
  }

  @AfterEach
  void tearDown() {
    desk.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/auth", "/auth/", "/auth/token", "/auth/token/"})
  void everyPathAnswersBothMethods(String path) {
    var got = desk.get(path + "?" + S, "Authorization", ALICE).expect(200).json();
    var posted =
        desk.post(path, "grant_type=password&username=alice&password=s%C3%A9cret&" + S)
            .expect(200)
            .json();
    for (var answer : new JsonObject[] {got, posted}) {
      assertEquals(answer.getString("token"), answer.getString("access_token"));
      assertEquals(900, answer.getInteger("expires_in"));
      assertTrue(Instant.parse(answer.getString("issued_at")).isBefore(Instant.now()));
      assertFalse(answer.containsKey("refresh_token"));
      assertEquals("alice", claims(answer).getString("sub"));
      assertEquals(TokenDesk.ISSUER, claims(answer).getString("iss"));
      assertEquals("registry", claims(answer).getString("aud"));
      assertEquals(new JsonArray(), claims(answer).getJsonArray("access"));
    }
  }

  @Test
  void aPathBelowAPrefix() {
    try (var other = TokenDesk.open(folder, "/tokens", ClientAddress.ofPeer(Peers.DIRECT))) {
      other.get("/tokens/auth?" + S, "Authorization", ALICE).expect(200);
      other.get("/tokens/?" + S, "Authorization", ALICE).expect(200);
      other.get("/tokens/auth/jwks").expect(200);
      other.get("/auth?" + S, "Authorization", ALICE).expect(404);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scope=repository:a/b:pull,push                        | repository:a/b:pull",
        "scope=repository:a:pull&scope=repository:b:push,pull  | repository:a:pull"
            + " repository:b:pull",
        "scope=repository:a:pull%20repository:b:pull           | repository:a:pull"
            + " repository:b:pull",
        "scope=repository:a:pull+repository:b:pull             | repository:a:pull"
            + " repository:b:pull",
        "scope=repository:host:5000/a:pull                     | repository:host:5000/a:pull",
        "scope=repository(plugin):a:pull                       | repository:a:pull",
        "scope=repository:a:push                               | ''",
        "scope=                                                | ''",
      })
  void isGrantedWhatTheRulesAllow(String scopes, String granted) {
    var got = desk.get("/auth?" + S + "&" + scopes, "Authorization", BOB).expect(200).json();
    assertEquals(granted, got.getString("scope"));
    assertEquals(granted, access(got));
    var posted =
        desk.post("/auth", "grant_type=password&username=bob&password=secret2&" + S + "&" + scopes)
            .expect(200)
            .json();
    assertEquals(granted, access(posted));
  }

  @Test
  void aliceIsGrantedAllThatSheAsksFor() {
    var scope = "repository:a:pull,push,delete";
    var answer = desk.get("/auth?" + S + "&scope=" + scope, "Authorization", ALICE).json();
    assertEquals(scope, access(answer));
    assertEquals(1, desk.count("password", "granted"));
    desk.get("/auth?" + S + "&scope=" + scope, "Authorization", BOB).expect(200);
    assertEquals(1, desk.count("password", "partly"));
    desk.get("/auth?" + S + "&scope=repository:a:push", "Authorization", BOB).expect(200);
    assertEquals(1, desk.count("password", "denied"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice:wrong", "bob:sécret", "nobody:secret2", ":", ":secret2", "alice:"})
  void wrongCredentialsAreAsked(String credentials) {
    var colon = credentials.indexOf(':');
    var basic = TokenDesk.basic(credentials.substring(0, colon), credentials.substring(colon + 1));
    refused(desk.get("/auth?" + S, "Authorization", basic));
    refused(
        desk.post(
            "/auth",
            S
                + "&grant_type=password&username="
                + encode(credentials.substring(0, colon))
                + "&password="
                + encode(credentials.substring(colon + 1))));
  }

  @Test
  void withoutAnonymousUsersEverybodyIsAsked() {
    refused(desk.get("/auth?" + S));
    refused(desk.get("/auth?" + S, "Authorization", "Bearer abc"));
    assertEquals(2, desk.count("anonymous", "refused"));
  }

  private static void refused(Answer answer) {
    answer.expect(401);
    assertEquals("Basic realm=\"Auth \\\"Service\\\"\"", answer.header("WWW-Authenticate"));
    assertEquals("invalid_grant", answer.json().getString("error"));
    assertEquals("UNAUTHORIZED", answer.error().getString("code"));
  }

  @Test
  void whoGuessesIsToldToWait() {
    for (var i = 0; i < 20; i++) {
      desk.get("/auth?" + S, "Authorization", TokenDesk.basic("alice", "wrong" + i)).expect(401);
    }
    var answer = desk.get("/auth?" + S, "Authorization", TokenDesk.basic("alice", "sécret"));
    answer.expect(429);
    var seconds = answer.header("Retry-After");
    assertNotNull(seconds);
    assertTrue(Integer.parseInt(seconds) <= 6, seconds);
    assertEquals("TOOMANYREQUESTS", answer.error().getString("code"));
    assertEquals(1, desk.count("password", "limited"));
    desk.get("/auth?" + S, "Authorization", BOB).expect(200);
  }

  @Test
  void theAccountIsTheOneOfThePassword() {
    desk.get("/auth?" + S + "&account=alice", "Authorization", ALICE).expect(200);
    desk.get("/auth?" + S + "&account=bob", "Authorization", ALICE).expect(400);
    desk.post("/auth", "grant_type=password&username=bob&password=secret2&account=alice&" + S)
        .expect(400);
  }

  @Test
  void aRefreshTokenStandsForThePassword() {
    var login = "/auth?offline_token=true&client_id=docker&account=bob&" + S;
    var refresh =
        desk.get(login, "Authorization", BOB).expect(200).json().getString("refresh_token");
    var form = "grant_type=refresh_token&client_id=docker&" + S + "&refresh_token=" + refresh;
    for (var i = 0; i < 2; i++) {
      var answer = desk.post("/auth", form + "&scope=repository:a:pull,push").expect(200).json();
      assertEquals("bob", claims(answer).getString("sub"));
      assertEquals("repository:a:pull", access(answer));
      assertNull(answer.getString("refresh_token"));
    }
    assertEquals(2, desk.count("refresh_token", "partly"));
    var offline = desk.post("/auth", form + "&access_type=offline").expect(200).json();
    assertEquals(refresh, offline.getString("refresh_token"));
    refused(desk.post("/auth", form.replace("service=registry", "service=other")));
    refused(desk.post("/auth", "grant_type=refresh_token&" + S));
    refused(desk.post("/auth", form + "x"));
    assertEquals(3, desk.count("refresh_token", "refused"));
  }

  @Test
  void aFormAsksForARefreshTokenInItsOwnWay() {
    var form = "grant_type=password&username=alice&password=s%C3%A9cret&client_id=c&" + S;
    assertFalse(
        desk.post("/auth", form + "&access_type=online").json().containsKey("refresh_token"));
    var refresh =
        desk.post("/auth", form + "&access_type=offline").json().getString("refresh_token");
    desk.post("/auth", "grant_type=refresh_token&refresh_token=" + refresh + "&" + S).expect(200);
  }

  @Test
  void aRefreshTokenGoesWithThePassword() throws IOException {
    var login = "/auth?offline_token=true&" + S;
    var refresh = desk.get(login, "Authorization", BOB).json().getString("refresh_token");
    var form = "grant_type=refresh_token&" + S + "&refresh_token=" + refresh;
    Files.writeString(
        desk.users(),
        TokenDesk.USERS.replaceAll("bob:.*", "bob:{SHA}QY7lFvHLCVxQ/y8Qp2GSiJwoHzo="));
    var end = System.nanoTime() + 30_000_000_000L;
    while (desk.post("/auth", form).status() == 200 && System.nanoTime() < end) {
      LockSupport.parkNanos(20_000_000);
    }
    refused(desk.post("/auth", form));
    refused(desk.get("/auth?" + S, "Authorization", BOB));
    desk.get("/auth?" + S, "Authorization", TokenDesk.basic("bob", "secret3")).expect(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scope=repository                     | a scope is malformed",
        "scope=repository:a                   | a scope is malformed",
        "scope=a:pull+%F0%28%8C%28:b:c        | malformed",
        "scope=repository:a%00:pull           | malformed",
        "scope=repository:a%0d%0aX:pull       | malformed",
        "service=a%0d%0aSet-Cookie:x          | malformed",
        "scope=repository:%zz:pull            | malformed",
        "account=%00                          | malformed",
      })
  void malformedParametersAreRefused(String query, String why) {
    for (var answer :
        new Answer[] {
          desk.get("/auth?" + query, "Authorization", ALICE),
          desk.post("/auth", "grant_type=password&username=alice&password=s%C3%A9cret&" + query),
        }) {
      answer.expect(400);
      assertEquals("invalid_request", answer.json().getString("error"));
      assertTrue(answer.json().getString("error_description").contains(why));
      assertNull(answer.header("Set-Cookie"));
    }
  }

  @Test
  void unusableCredentialsAreRefused() {
    var nul = TokenDesk.basic("alice", "s\u0000");
    refused(desk.get("/auth?" + S, "Authorization", nul));
    refused(desk.get("/auth?" + S, "Authorization", "Basic ???"));
    refused(desk.get("/auth?" + S, "Authorization", TokenDesk.basic("a".repeat(300), "b")));
    refused(
        desk.post("/auth", S + "&grant_type=password&username=alice&password=" + "p".repeat(9000)));
    desk.post("/auth", S + "&grant_type=password&username=alice&password=%00").expect(400);
    desk.post("/auth", S + "&grant_type=password&username=alice&password=%ff").expect(400);
  }

  @Test
  void tooMuchIsRefused() {
    var scopes =
        IntStream.range(0, 10_000)
            .mapToObj(i -> "scope=repository:r" + i + ":pull")
            .collect(Collectors.joining("&"));
    var form = "grant_type=password&username=bob&password=secret2&" + S + "&";
    var huge = desk.post("/auth", form + scopes).expect(400).json();
    assertTrue(huge.getString("error_description").contains("64 KiB"), huge::encode);
    desk.post("/auth", form + "x=" + "y".repeat(20 << 20)).expect(400);
    var many = desk.post("/auth", form + scopes.substring(0, 4000)).expect(400).json();
    assertTrue(many.getString("error_description").contains("100 scopes"), many::encode);
    desk.get("/auth?" + scopes.substring(0, 12_000), "Authorization", BOB).expect(400);
    desk.get("/auth?" + scopes, "Authorization", BOB).expect(414);
    desk.get("/auth?scope=repository:" + "a".repeat(600) + ":pull", "Authorization", BOB)
        .expect(400);
    desk.get("/auth?service=" + "a".repeat(300), "Authorization", BOB).expect(400);
    desk.get("/auth?" + S, "Authorization", BOB).expect(200);
  }

  @Test
  void otherGrantsAndFormsAreRefused() {
    var answer = desk.post("/auth", "grant_type=authorization_code&code=1&" + S).expect(400);
    assertEquals("unsupported_grant_type", answer.json().getString("error"));
    desk.post("/auth", "{}", "Content-Type", "application/json").expect(400);
    desk.post("/auth", S, "Authorization", ALICE).expect(200);
  }

  @Test
  void answersAreNotKept() {
    var answer = desk.get("/auth?" + S, "Authorization", ALICE);
    assertEquals("no-store", answer.header("Cache-Control"));
    assertEquals("application/json", answer.header("Content-Type"));
    assertEquals("max-age=63072000; includeSubDomains", answer.header("Strict-Transport-Security"));
  }

  @Test
  void theKeysAreForEverybody() {
    var keys = desk.get("/auth/jwks").expect(200).json().getJsonArray("keys");
    assertEquals(1, keys.size());
    var token = desk.get("/auth?" + S, "Authorization", ALICE).json().getString("token");
    var header = part(token, 0);
    assertEquals(header.getString("kid"), keys.getJsonObject(0).getString("kid"));
    assertFalse(keys.getJsonObject(0).containsKey("d"), "the private key is not shown");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "192.0.2.1                |  0 | 192.0.2.1",
        "192.0.2.1, 198.51.100.7  |  0 | 192.0.2.1",
        "192.0.2.1, 198.51.100.7  |  1 | 198.51.100.7",
        "192.0.2.1, 198.51.100.7  | -1 | 198.51.100.7",
        "192.0.2.1, 198.51.100.7  | -9 | 192.0.2.1",
        "192.0.2.1:1234           |  0 | 192.0.2.1",
        "[2001:db8::1]:1234       |  0 | 2001:db8::1",
        "2001:db8::1              |  0 | 2001:db8::1",
        "192.0.2.1                |  1 | -",
        "nonsense                 |  0 | -",
        "''                       |  0 | -",
        "-                        |  0 | -",
      })
  void theAddressOfAClientMayStandInAHeader(String header, int position, String address) {
    var from = "&scope=repository:from/" + address + ":pull";
    try (var other =
        TokenDesk.open(folder, "", new ClientAddress("X-Real-IP", position, Peers.DIRECT))) {
      var answer =
          header == null
              ? other.get("/auth?" + S + from, "Authorization", BOB)
              : other.get("/auth?" + S + from, "Authorization", BOB, "X-Real-IP", header);
      if (address == null) {
        answer.expect(400);
      } else {
        assertEquals("repository:from/" + address + ":pull", access(answer.expect(200).json()));
      }
    }
  }

  @Test
  void everyDecisionIsALineInTheAuditLog() {
    var lines = new ListAppender<ILoggingEvent>();
    var context = (LoggerContext) LoggerFactory.getILoggerFactory();
    lines.setContext(context);
    lines.start();
    context.getLogger("audit").addAppender(lines);
    try {
      var scope = "&scope=repository:a:pull,push";
      desk.get("/auth?offline_token=true&" + S + scope, "Authorization", BOB).expect(200);
      desk.get("/auth?" + S, "Authorization", TokenDesk.basic("bob", "wrong")).expect(401);
      desk.get("/auth?" + S, "Authorization", TokenDesk.basic("a secret", "x")).expect(401);
    } finally {
      context.getLogger("audit").detachAppender(lines);
    }
    var granted = pairs(lines.list.get(0));
    assertTrue(
        granted.startsWith(
            "decision=partly grant=password user=bob client=127.0.0.1 service=registry"
                + " scope=repository:a:pull,push granted=repository:a:pull rule=rule of all"
                + " refresh="),
        granted);
    assertEquals(
        "decision=refused grant=password user=bob client=127.0.0.1 service=registry scope=",
        pairs(lines.list.get(1)));
    assertEquals(
        "decision=refused grant=password user=- client=127.0.0.1 service=registry scope=",
        pairs(lines.list.get(2)));
    assertEquals(3, lines.list.size());
  }

  private static String pairs(ILoggingEvent line) {
    return line.getKeyValuePairs().stream()
        .map(pair -> pair.key + "=" + pair.value)
        .collect(Collectors.joining(" "));
  }

  /** What a token grants, as scopes. */
  private static String access(JsonObject answer) {
    return claims(answer).getJsonArray("access").stream()
        .map(JsonObject.class::cast)
        .map(
            entry ->
                entry.getString("type")
                    + ":"
                    + entry.getString("name")
                    + ":"
                    + entry.getJsonArray("actions").stream()
                        .map(String.class::cast)
                        .collect(Collectors.joining(",")))
        .collect(Collectors.joining(" "));
  }

  private static JsonObject claims(JsonObject answer) {
    return part(answer.getString("token"), 1);
  }

  private static JsonObject part(String token, int number) {
    return new JsonObject(
        new String(
            Base64.getUrlDecoder().decode(token.split("\\.", -1)[number]), StandardCharsets.UTF_8));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
