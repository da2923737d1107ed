package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How often and of whom a token is asked, and what becomes of the answer. */
class UpstreamTokensTest {
  private static final Image IMAGE = Images.tiny(10);
  private static final String APP = "/v2/library/app/manifests/";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx).user("alice", "secret1");

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    var app = hub.repository("library/app");
    IntStream.range(0, 50).forEach(n -> app.put("t" + n, IMAGE));
    hub.repository("library/other").put("1", IMAGE);
    mirror = MirrorFixture.patient(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private long tokens() {
    return hub.count("GET", "^/token");
  }

  private void pullFiftyTags() {
    var answers =
        IntStream.range(0, 50).mapToObj(n -> mirror.getLater(APP + "t" + n)).toList().stream()
            .map(CompletableFuture::join)
            .toList();
    answers.forEach(answer -> assertEquals(200, answer.statusCode()));
  }

  @Test
  void fiftyWhoWaitShareOneNegotiation() {
    hub.when("GET", "/token").latency(Duration.ofMillis(300));
    pullFiftyTags();
    assertEquals(1, tokens());
    // All of them are refused at once, and one of them gets the next token for all.
    hub.expireTokens();
    pullFiftyTags();
    assertEquals(2, tokens());
  }

  @Test
  void eachRepositoryHasItsOwnToken() throws Exception {
    mirror.get(APP + "t0");
    mirror.get("/v2/library/other/manifests/1");
    mirror.get(APP + "t1");
    assertEquals(2, tokens());
    var query = String.valueOf(hub.log().requests("GET", "^/token").getFirst().query());
    assertTrue(query.contains("scope=repository%3Alibrary%2Fapp%3Apull"), query);
    assertTrue(query.contains("service=standin.example"), query);
    // The second repository was not refused first: how to ask is known by then.
    assertEquals(1, hub.requests().stream().filter(r -> r.status() == 401).count());
  }

  @Test
  void lifeAndNameOfTheTokenMayBeLeftOut() throws Exception {
    hub.omitExpiresIn(true).onlyAccessToken(true);
    assertEquals(200, mirror.get(APP + "t0").statusCode());
    assertEquals(200, mirror.get(APP + "t1").statusCode());
    assertEquals(1, tokens());
    hub.onlyAccessToken(false).onlyToken(true);
    assertEquals(200, mirror.get("/v2/library/other/manifests/1").statusCode());
  }

  @ParameterizedTest(name = "{0} -> {1}, {2} s")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"token\":\"a\"} | a | 54",
        "{\"access_token\":\"b\"} | b | 54",
        "{\"token\":\"a\",\"access_token\":\"b\"} | a | 54",
        "{\"token\":null,\"access_token\":\"b\"} | b | 54",
        "{\"token\":\"\",\"access_token\":\"b\"} | b | 54",
        "{\"token\":7,\"access_token\":\"b\"} | b | 54",
        "{\"token\":\"a b\",\"access_token\":\"b\"} | b | 54",
        "{\"token\":\"a\",\"expires_in\":300} | a | 270",
        "{\"token\":\"a\",\"expires_in\":300.5} | a | 270",
        "{\"token\":\"a\",\"expires_in\":0} | a | 54",
        "{\"token\":\"a\",\"expires_in\":-5} | a | 54",
        "{\"token\":\"a\",\"expires_in\":null} | a | 54",
        "{\"token\":\"a\",\"expires_in\":\"soon\"} | a | 54",
        "{\"token\":\"a\",\"expires_in\":99999999999999999999} | a | 77760",
        "{\"token\":\"a\",\"expires_in\":1e300} | a | 77760",
      })
  void readsTheAnswer(String json, String token, long seconds) {
    var read = TokenServer.read(Buffer.buffer(json));
    assertEquals("Bearer " + token, read.header());
    assertEquals(seconds, read.life().toSeconds());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "null",
        "[]",
        "\"token\"",
        "{}",
        "{",
        "<html>",
        "{\"token\":\"\"}",
        "{\"token\":\"a\\r\\nX: y\"}",
        "{\"token\":\"\u00e4\"}",
        "{\"token\":{}}",
      })
  void refusesWhatIsNoAnswer(String text) {
    assertThrows(UpstreamFailure.class, () -> TokenServer.read(Buffer.buffer(text)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Bearer realm=\"file:///etc/passwd\"",
        "Bearer realm=\"http://[::1/\"",
        "Bearer realm=\"http://127.0.0.1:99999/token\"",
        "Bearer realm=\"http:///token\"",
        "Bearer realm=\"javascript:alert(1)\"",
        "Bearer realm=\"http://a b/\"",
        "Bearer realm=\"mailto:a@b\"",
        "Bearer realm=\"http://127.0.0.1:1/token\"",
      })
  void aRealmThatCannotBeAskedIsTheUpstreamsFailure(String challenge) throws Exception {
    hub.when(".*", "/manifests/").status(401).header("WWW-Authenticate", challenge);
    assertEquals(502, mirror.get(APP + "t0").statusCode());
    assertTrue(hub.requests().size() <= 2, hub.requests()::toString);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Negotiate",
        "Bearer",
        "Bearer service=\"x\"",
        "Bearer realm=\"\"",
        "@@@",
        "\""
      })
  void aRefusalThatSaysNotHowIsBelieved(String challenge) throws Exception {
    hub.when(".*", "/manifests/").status(401).header("WWW-Authenticate", challenge);
    assertEquals(404, mirror.get(APP + "t0").statusCode());
    assertTrue(hub.requests().size() <= 2, hub.requests()::toString);
  }

  @Test
  void wrongCredentialsAreNotTriedOverAndOver() throws Exception {
    try (var wrong = MirrorFixture.as("alice", "wrong", hub.url(), root.resolve("own"))) {
      var answer = wrong.get(APP + "t0");
      assertEquals(502, answer.statusCode());
      var text = new String(answer.body(), StandardCharsets.UTF_8);
      assertTrue(text.contains("credentials"), text);
      assertFalse(text.contains("alice"), text);
      assertEquals(1, tokens());
    }
  }

  @Test
  void aRefusalAfterAFreshTokenIsBelieved() throws Exception {
    hub.when("HEAD", "/manifests/").unauthorized();
    assertEquals(404, mirror.get(APP + "t0").statusCode());
    assertEquals(2, hub.count("HEAD", "/manifests/"));
    assertEquals(1, tokens());
  }

  @Test
  void aBadRequestIsNotTakenForAnExpiredTokenForEver() throws Exception {
    mirror.get(APP + "t0");
    hub.when("HEAD", "/manifests/t1").status(400);
    assertEquals(502, mirror.get(APP + "t1").statusCode());
    assertEquals(2, hub.count("HEAD", "/manifests/t1$"));
  }
}
