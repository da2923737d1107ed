package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.layover.auth.Entrance.Visit;
import io.layover.auth.Gate.Refused;
import io.layover.watch.FileWatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What operators learn of decisions, and what nobody learns. */
class EntranceTest {
  private static final KeyPair KEYS = Forge.keys("ES256");
  private static final Scope PULL = Scope.of("repository", "team/app", "pull");
  private static final Scope PUSH = Scope.of("repository", "team/app", "pull", "push");

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final Logger audit = (Logger) LoggerFactory.getLogger("audit");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  @TempDir private Path folder;

  @BeforeEach
  void listen() {
    lines.start();
    audit.addAppender(lines);
  }

  @AfterEach
  void close() {
    audit.detachAppender(lines);
    vertx.close().await();
  }

  private Entrance tokens() {
    var expected = new TokenVerifier.Expected(Forge.ISSUER, Forge.SERVICE, Algorithm.ASYMMETRIC);
    var keys = TrustedKeys.of(List.of(KEYS.getPublic()));
    return new Entrance(
        new TokenGate(
            new TokenVerifier(vertx, expected, keys, Instant::now),
            new TokenGate.Realm("https://auth.example/token", null),
            Forge.SERVICE),
        meters);
  }

  private static String bearer(JsonObject claims) {
    var header = Forge.header("ES256", Jwk.thumbprint(KEYS.getPublic()));
    return "Bearer " + Forge.token(header, claims, KEYS.getPrivate());
  }

  private static void admit(Entrance entrance, @Nullable String authorization, Scope... needed) {
    entrance.admit(new Visit(authorization, "192.0.2.7", List.of(needed))).await();
  }

  private void refuse(
      Refusal why, Entrance entrance, @Nullable String authorization, Scope... needed) {
    var e = assertThrows(Refused.class, () -> admit(entrance, authorization, needed));
    assertEquals(why, e.why());
  }

  /** Message and fields, one line each. */
  private List<String> written() {
    return lines.list.stream()
        .map(
            event ->
                event.getFormattedMessage()
                    + event.getKeyValuePairs().stream()
                        .map(pair -> " " + pair.key + "=" + pair.value)
                        .collect(Collectors.joining()))
        .toList();
  }

  private double count(String outcome) {
    return meters.get("layover.auth.decisions").tag("outcome", outcome).counter().count();
  }

  @Test
  void tellsOfATokenOnce() {
    var entrance = tokens();
    var token = bearer(Forge.claims(Instant.now(), "repository:team/app:pull"));

    admit(entrance, token, PULL);
    admit(entrance, token, PULL);
    admit(entrance, token);

    assertEquals(
        List.of(
            "access is granted decision=accepted user=alice client=192.0.2.7"
                + " scope=repository:team/app:pull"),
        written());
    assertEquals(3, count("accepted"));
  }

  @Test
  void tellsOfEachRefusal() {
    var entrance = tokens();
    var now = Instant.now();

    refuse(Refusal.ABSENT, entrance, null, PULL);
    refuse(Refusal.SCOPE, entrance, bearer(Forge.claims(now, "repository:team/app:pull")), PUSH);
    refuse(Refusal.EXPIRED, entrance, bearer(Forge.claims(now.minusSeconds(1000))), PULL);
    refuse(Refusal.MALFORMED, entrance, "Bearer nonsense", PULL);

    assertEquals(
        List.of(
            "access is refused: the token does not grant this decision=refused user=alice"
                + " client=192.0.2.7 scope=repository:team/app:pull,push reason=scope",
            "access is refused: the token has expired decision=refused user=- client=192.0.2.7"
                + " scope=repository:team/app:pull reason=expired",
            "access is refused: the credentials cannot be read decision=refused user=-"
                + " client=192.0.2.7 scope=repository:team/app:pull reason=malformed"),
        written());
    for (var outcome : List.of("absent", "scope", "expired", "malformed")) {
      assertEquals(1, count(outcome), outcome);
    }
    assertEquals(0, count("accepted"));
  }

  @Test
  void aNameFromATokenIsNoLineOfTheLog() {
    var name = "eve\nadmin\u0000" + "x".repeat(1000);

    admit(tokens(), bearer(Forge.claims(Instant.now()).put("sub", name)));

    assertEquals(
        "user=eve\uFFFDadmin\uFFFD" + "x".repeat(246) + "…",
        written().getFirst().replaceFirst(".* (user=\\S+) .*", "$1"));
  }

  @Test
  void passwordsAreCheckedAndNeverWritten() throws IOException {
    var hash = PasswordHash.of("correct horse").text();
    var file = Files.writeString(folder.resolve("htpasswd"), "alice:" + hash + "\n");
    try (var watch = new FileWatch();
        var passwords = new Passwords(vertx, List.of(Htpasswd.open(watch, file)), meters)) {
      var entrance = new Entrance(new PasswordGate(passwords, "Registry \"Realm\""), meters);

      admit(entrance, basic("alice", "correct horse"), PUSH);
      admit(entrance, basic("alice", "correct horse"), PULL);
      refuse(Refusal.PASSWORD, entrance, basic("alice", "battery staple"), PULL);
      refuse(Refusal.PASSWORD, entrance, basic("battery staple", ""), PULL);
      refuse(Refusal.MALFORMED, entrance, "Basic ###", PULL);
      refuse(Refusal.ABSENT, entrance, "Bearer abc", PULL);
      refuse(Refusal.ABSENT, entrance, null, PULL);

      assertEquals(
          List.of(
              "access is granted decision=accepted user=alice client=192.0.2.7"
                  + " scope=repository:team/app:pull,push",
              "access is refused: the user or the password is wrong decision=refused user=alice"
                  + " client=192.0.2.7 scope=repository:team/app:pull reason=password",
              "access is refused: the user or the password is wrong decision=refused user=-"
                  + " client=192.0.2.7 scope=repository:team/app:pull reason=password",
              "access is refused: the credentials cannot be read decision=refused user=-"
                  + " client=192.0.2.7 scope=repository:team/app:pull reason=malformed"),
          written());
      assertEquals(
          "Basic realm=\"Registry \\\"Realm\\\"\"",
          entrance.challenge(null, List.of(PULL), Refusal.PASSWORD));
      assertFalse(written().toString().contains("horse"));
    }
  }

  private static String basic(String user, String password) {
    var pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }
}
