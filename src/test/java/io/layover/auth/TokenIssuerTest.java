package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.TokenVerifier.Expected;
import io.layover.auth.TokenVerifier.Verification;
import io.layover.watch.FileWatch;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tokens, the keys that sign them, and how one key gives way to another. */
class TokenIssuerTest {
  private static final Account ALICE = new Account("alice", Map.of());
  private static final Duration LIFE = Duration.ofMinutes(15);
  private static final Scope PUSH = Scope.of("repository", "a/b", "pull", "push");

  private final Vertx vertx = Vertx.vertx();
  private final FileWatch watch = new FileWatch();
  private final InstantSource clock = () -> this.now;
  private volatile Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private volatile List<PublicKey> told = List.of();

  @TempDir private Path folder;

  @AfterEach
  void tearDown() {
    watch.close();
    vertx.close().await();
  }

  @ParameterizedTest
  @CsvSource({"LIBTRUST, true", "THUMBPRINT, true", "LIBTRUST, false", "THUMBPRINT, false"})
  void aTokenSaysWhatRegistriesWantToKnow(KeyName name, boolean withChain) throws IOException {
    var keys = generated();
    var issued = issue(keys, name, withChain);
    assertEquals(LIFE, issued.life());
    assertEquals(now, issued.at());
    var header = part(issued.token(), 0);
    assertEquals("JWT", header.getString("typ"));
    assertEquals("ES256", header.getString("alg"));
    assertEquals(name.of(keys.current().publicKey()), header.getString("kid"));
    assertEquals(withChain, header.containsKey("x5c"));
    var claims = part(issued.token(), 1);
    assertEquals(Forge.ISSUER, claims.getString("iss"));
    assertEquals("alice", claims.getString("sub"));
    assertEquals(Forge.SERVICE, claims.getString("aud"));
    var second = now.getEpochSecond();
    assertEquals(second + 900, claims.getLong("exp"));
    assertEquals(second - 10, claims.getLong("nbf"));
    assertEquals(second, claims.getLong("iat"));
    assertFalse(claims.getString("jti").isEmpty());
    assertEquals(
        "[{\"type\":\"repository\",\"name\":\"a/b\",\"actions\":[\"pull\",\"push\"]}]",
        claims.getJsonArray("access").encode());

    accepted(TrustedKeys.of(keys.accepted()), issued.token());
    accepted(TrustedKeys.read(folder.resolve("token.crt"), null), issued.token());
    var jwks = Files.writeString(folder.resolve("jwks.json"), keys.jwks(name).encode());
    accepted(TrustedKeys.read(null, jwks), issued.token());
  }

  @Test
  void aGeneratedKeyIsKeptForItsOwnerAlone() throws IOException {
    var first = generated();
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("token.key"))));
    assertEquals(first.current(), generated().current());
    assertEquals(1, generated().accepted().size());
  }

  @Test
  void anotherKeyTakesOverWithoutATokenBeingRefused() throws Exception {
    var keys = generated();
    keys.onChange(all -> told = all);
    var verifier = verifier(TrustedKeys.of(keys.accepted()));
    keys.onChange(all -> verifier.trust(TrustedKeys.of(all)));
    var old = issue(keys, KeyName.THUMBPRINT, true).token();
    var oldKey = keys.current();

    rotate();
    await(() -> told.size() == 2);
    assertNotEquals(oldKey, keys.current());
    var next = issue(keys, KeyName.THUMBPRINT, true).token();
    assertEquals(2, keys.jwks(KeyName.LIBTRUST).getJsonArray("keys").size());
    assertInstanceOf(Verification.Accepted.class, verifier.verify(old));
    assertInstanceOf(Verification.Accepted.class, verifier.verify(next));

    // A restart does not forget the old one, nor does it make its time longer.
    now = now.plus(LIFE).minusSeconds(1);
    assertEquals(2, generated().accepted().size());
    now = now.plusSeconds(1);
    assertEquals(List.of(keys.current().publicKey()), keys.accepted());
    assertEquals(List.of(keys.current().publicKey()), generated().accepted());
  }

  @Test
  void aKeyThatWasReplacedDuringAStopIsAcceptedForAWhile() throws Exception {
    var old = issue(generated(), KeyName.THUMBPRINT, true).token();
    rotate();
    var keys = generated();
    assertEquals(2, keys.accepted().size());
    accepted(TrustedKeys.of(keys.accepted()), old);
  }

  @Test
  void anOldKeyIsGivenUpWhenItsTimeIsOver() throws Exception {
    generated();
    rotate();
    var keys =
        SigningKeys.generated(
            vertx,
            watch,
            new StateDirectory(folder),
            Duration.ofMillis(300),
            InstantSource.system());
    keys.onChange(all -> told = all);
    await(() -> told.size() == 1);
  }

  @Test
  void aBrokenKeyLeavesTheOldOneInForce() throws Exception {
    var keys = generated();
    var before = keys.current();
    Files.writeString(folder.resolve("token.key"), "nonsense");
    var rotated = SigningKey.generate();
    // The certificate alone: the key is still the old one's.
    Files.writeString(folder.resolve("token.key"), rotated.certificatePem() + before.privatePem());
    issue(keys, KeyName.LIBTRUST, true);
    assertEquals(before, keys.current());
    Files.writeString(folder.resolve("token.key"), rotated.certificatePem() + rotated.privatePem());
    await(() -> keys.current().equals(rotated));
    assertThrows(
        IOException.class,
        () ->
            SigningKeys.ofFiles(vertx, watch, folder, folder, null, LIFE, InstantSource.system()));
  }

  private SigningKeys generated() throws IOException {
    return SigningKeys.generated(vertx, watch, new StateDirectory(folder), LIFE, clock);
  }

  private void rotate() throws IOException {
    var next = SigningKey.generate();
    new StateDirectory(folder).write("token.key", next.certificatePem() + next.privatePem());
  }

  private TokenIssuer.Issued issue(SigningKeys keys, KeyName name, boolean withChain) {
    var form = new TokenIssuer.Form(Forge.ISSUER, LIFE, name, _ -> withChain);
    return new TokenIssuer(vertx, keys, () -> form, clock)
        .issue(ALICE, Forge.SERVICE, List.of(PUSH))
        .await();
  }

  private TokenVerifier verifier(TrustedKeys keys) {
    var expected = new Expected(Forge.ISSUER, Forge.SERVICE, Algorithm.ASYMMETRIC);
    return new TokenVerifier(vertx, expected, keys, clock);
  }

  private void accepted(TrustedKeys keys, String token) {
    var verified = assertInstanceOf(Verification.Accepted.class, verifier(keys).verify(token));
    assertEquals(ALICE, verified.token().account());
    assertTrue(verified.token().grants().allow(PUSH));
    assertNotNull(verified);
  }

  private static JsonObject part(String token, int number) {
    return new JsonObject(
        new String(
            Base64.getUrlDecoder().decode(token.split("\\.", -1)[number]), StandardCharsets.UTF_8));
  }

  private static void await(BooleanSupplier condition) {
    var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "it does not happen");
      LockSupport.parkNanos(10_000_000);
    }
  }
}
