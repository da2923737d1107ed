package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.TokenVerifier.Verification;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {
  private static final Vertx VERTX = Vertx.vertx();
  private static final KeyPair KEYS = Forge.keys("ES256");
  private static final String KID = Jwk.thumbprint(KEYS.getPublic());
  private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");

  private volatile Instant now = NOW;
  @TempDir private Path folder;

  @AfterAll
  static void close() {
    VERTX.close().await();
  }

  private TokenVerifier verifier(TrustedKeys keys, Set<Algorithm> algorithms) {
    return new TokenVerifier(
        VERTX,
        new TokenVerifier.Expected(Forge.ISSUER, Forge.SERVICE, algorithms),
        keys,
        () -> now);
  }

  private TokenVerifier verifier() {
    return verifier(TrustedKeys.of(List.of(KEYS.getPublic())), Algorithm.ASYMMETRIC);
  }

  private static AccessToken accepted(Verification verification) {
    return assertInstanceOf(Verification.Accepted.class, verification).token();
  }

  private static void refused(Refusal why, Verification verification) {
    assertEquals(new Verification.Refused(why), verification);
  }

  private static String token(UnaryOperator<JsonObject> header, UnaryOperator<JsonObject> claims) {
    return Forge.token(
        header.apply(Forge.header("ES256", KID)),
        claims.apply(Forge.claims(NOW, "repository:team/app:pull,push")),
        KEYS.getPrivate());
  }

  private static String good() {
    return token(header -> header, claims -> claims);
  }

  @Test
  void tellsWhoMayDoWhat() {
    var token = accepted(verifier().verify(good()));

    assertEquals(new Account("alice", Map.of()), token.account());
    assertTrue(token.grants().allow(Scope.of("repository", "team/app", "pull")));
    assertTrue(token.grants().allow(Scope.of("repository", "team/app", "push", "pull")));
    assertFalse(token.grants().allow(Scope.of("repository", "team/app", "delete")));
    assertFalse(token.grants().allow(Scope.of("repository", "team", "pull")));
    assertFalse(token.grants().allow(Scope.of("registry", "team/app", "pull")));
    assertEquals(NOW.getEpochSecond() + 300, token.expires());
  }

  /** As in the documents of Keycloak's docker-v2 protocol: no nbf, and a kid of libtrust's form. */
  @Test
  void takesTokensOfKeycloaksShape() throws IOException {
    var authority = Forge.authority("docker-realm");
    var bundle = Files.writeString(folder.resolve("realm.pem"), Forge.pem(authority));
    var issuer = "https://keycloak.example/realms/docker";
    var verifier =
        new TokenVerifier(
            VERTX,
            new TokenVerifier.Expected(issuer, "docker-client", Algorithm.ASYMMETRIC),
            TrustedKeys.read(bundle, null),
            () -> now);
    var keys = authority.getKeyPair();
    var claims =
        new JsonObject()
            .put("exp", NOW.getEpochSecond() + 60)
            .put("iat", NOW.getEpochSecond())
            .put("jti", "6a7ee7ab-7d4b-4bd5-b0dc-0d7c0ee0c2ed")
            .put("iss", issuer)
            .put("aud", "docker-client")
            .put("sub", "testuser")
            .put(
                "access",
                new JsonArray(
                    "[{\"type\":\"repository\",\"name\":\"app\",\"actions\":[\"pull\",\"push\"]}]"));
    var header =
        new JsonObject()
            .put("alg", "ES256")
            .put("typ", "JWT")
            .put("kid", Jwk.libtrustId(keys.getPublic()));

    var token = accepted(verifier.verify(Forge.token(header, claims, keys.getPrivate())));

    assertEquals("testuser", token.account().name());
    assertTrue(token.grants().allow(Scope.of("repository", "app", "pull", "push")));
  }

  @ParameterizedTest
  @EnumSource(names = "HS.*", mode = EnumSource.Mode.MATCH_NONE)
  void everyAlgorithm(Algorithm algorithm) {
    var keys = Forge.keys(algorithm.name());
    var verifier = verifier(TrustedKeys.of(List.of(keys.getPublic())), Algorithm.ASYMMETRIC);
    for (var kid : List.of(Jwk.thumbprint(keys.getPublic()), Jwk.libtrustId(keys.getPublic()))) {
      var header = Forge.header(algorithm.name(), kid);
      var token = Forge.token(header, Forge.claims(NOW), keys.getPrivate());
      accepted(verifier.verify(token));
      refused(Refusal.SIGNATURE, verifier.verify(tampered(token)));
    }
  }

  /** The same token, granting more. */
  private static String tampered(String token) {
    var parts = token.split("\\.", -1);
    var claims = new String(Base64.getUrlDecoder().decode(parts[1]), StandardCharsets.UTF_8);
    return parts[0] + "." + Forge.encoded(claims.replace("alice", "admin")) + "." + parts[2];
  }

  static Stream<Arguments> claims() {
    var later = NOW.getEpochSecond();
    return Stream.of(
        claim(
            null, "aud in a list", c -> c.put("aud", new JsonArray().add("x").add(Forge.SERVICE))),
        claim(null, "no access", c -> c.remove("access")),
        claim(null, "access is null", c -> c.putNull("access")),
        claim(null, "access is a text", c -> c.put("access", "everything")),
        claim(
            null, "odd access", c -> c.put("access", new JsonArray().add(7).add(new JsonObject()))),
        claim(
            null,
            "no nbf, iat",
            c -> {
              c.remove("nbf");
              c.remove("iat");
            }),
        claim(null, "a time with a fraction", c -> c.put("exp", later + 0.5)),
        claim(null, "for ever", c -> c.put("exp", 1e300)),
        claim(null, "expired in the leeway", c -> c.put("exp", later - 59)),
        claim(null, "begins in the leeway", c -> c.put("nbf", later + 60)),
        claim(null, "made in the leeway", c -> c.put("iat", later + 60)),
        claim(Refusal.EXPIRED, "expired", c -> c.put("exp", later - 60)),
        claim(Refusal.EXPIRED, "expired for ever", c -> c.put("exp", -1e300)),
        claim(Refusal.EARLY, "begins later", c -> c.put("nbf", later + 61)),
        claim(Refusal.EARLY, "made later", c -> c.put("iat", later + 61)),
        claim(Refusal.MALFORMED, "no exp", c -> c.remove("exp")),
        claim(Refusal.MALFORMED, "exp is a text", c -> c.put("exp", "tomorrow")),
        claim(Refusal.MALFORMED, "nbf is a text", c -> c.put("nbf", "now")),
        claim(Refusal.MALFORMED, "iat is a list", c -> c.put("iat", new JsonArray())),
        claim(Refusal.ISSUER, "other issuer", c -> c.put("iss", "auth service")),
        claim(Refusal.ISSUER, "no issuer", c -> c.remove("iss")),
        claim(
            Refusal.ISSUER,
            "issuer in a list",
            c -> c.put("iss", new JsonArray().add(Forge.ISSUER))),
        claim(Refusal.AUDIENCE, "other audience", c -> c.put("aud", "docker registry")),
        claim(Refusal.AUDIENCE, "no audience", c -> c.remove("aud")),
        claim(Refusal.AUDIENCE, "others", c -> c.put("aud", new JsonArray().add("x").add("y"))),
        claim(Refusal.AUDIENCE, "within a text", c -> c.put("aud", Forge.SERVICE + " 2")));
  }

  private static Arguments claim(
      @Nullable Refusal refusal, String what, Consumer<JsonObject> change) {
    return Arguments.of(refusal, what, change);
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("claims")
  void looksAtClaims(@Nullable Refusal refusal, String what, Consumer<JsonObject> change) {
    var claims = Forge.claims(NOW);
    change.accept(claims);

    var verification =
        verifier().verify(Forge.token(Forge.header("ES256", KID), claims, KEYS.getPrivate()));

    if (refusal == null) {
      accepted(verification);
    } else {
      refused(refusal, verification);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "ALGORITHM | {\"alg\": \"none\", \"kid\": \"@\"}",
        "ALGORITHM | {\"alg\": \"NONE\", \"kid\": \"@\"}",
        "ALGORITHM | {\"kid\": \"@\"}",
        "ALGORITHM | {\"alg\": \"HS256\", \"kid\": \"@\"}",
        "ALGORITHM | {\"alg\": \"RS256\", \"kid\": \"@\"}",
        "ALGORITHM | {\"alg\": \"ES384\", \"kid\": \"@\"}",
        "ALGORITHM | {\"alg\": [\"ES256\"], \"kid\": \"@\"}",
        "KEY       | {\"alg\": \"ES256\"}",
        "KEY       | {\"alg\": \"ES256\", \"kid\": \"another\"}",
        "KEY       | {\"alg\": \"ES256\", \"kid\": 7}",
        "KEY       | {\"alg\": \"ES256\", \"kid\": \"another\", \"x5c\": [\"AQAB\"]}",
        "SIGNATURE | {\"alg\": \"ES256\", \"kid\": \"@\", \"x5c\": []}",
        "SIGNATURE | {\"alg\": \"ES256\", \"kid\": \"@\", \"x5c\": [\"AQAB\"]}",
        "KEY       | {\"alg\": \"ES256\", \"kid\": \"@\", \"jwk\": {}}",
        "KEY       | {\"alg\": \"ES256\", \"kid\": \"@\", \"jwk\": {\"kty\": \"oct\", \"k\":"
            + " \"AQAB\"}}",
        "MALFORMED | {\"alg\": \"ES256\", \"kid\": \"@\", \"crit\": [\"exp\"]}",
        "MALFORMED | {\"alg\": \"ES256\", \"alg\": \"none\", \"kid\": \"@\"}",
      })
  void looksAtTheHeader(Refusal refusal, String json) {
    var text =
        Forge.encoded(json.replace("@", KID)) + "." + Forge.encoded(Forge.claims(NOW).encode());
    var signature = good().substring(good().lastIndexOf('.'));

    refused(refusal, verifier().verify(text + signature));
  }

  @Test
  void noPublicKeyIsASecret() {
    var secret = new SecretKeySpec(KEYS.getPublic().getEncoded(), "HMAC");
    var token = Forge.token(Forge.header("HS256", KID), Forge.claims(NOW), secret);
    var all = EnumSet.allOf(Algorithm.class);

    refused(Refusal.ALGORITHM, verifier().verify(token));
    refused(
        Refusal.ALGORITHM, verifier(TrustedKeys.of(List.of(KEYS.getPublic())), all).verify(token));
  }

  @Test
  void onlyAllowedAlgorithms() {
    var verifier = verifier(TrustedKeys.of(List.of(KEYS.getPublic())), Set.of(Algorithm.RS256));

    refused(Refusal.ALGORITHM, verifier.verify(good()));
  }

  @Test
  void aKeyInTheHeaderCountsIfItIsTrusted() {
    var verifier = verifier();
    var trusted = new JsonObject(Map.copyOf(Jwk.of(KEYS.getPublic())));
    var mallory = Forge.keys("ES256");
    var other = new JsonObject(Map.copyOf(Jwk.of(mallory.getPublic())));

    var header = Forge.header("ES256", null).put("jwk", trusted);
    accepted(verifier.verify(Forge.token(header, Forge.claims(NOW), KEYS.getPrivate())));
    refused(
        Refusal.SIGNATURE,
        verifier.verify(Forge.token(header, Forge.claims(NOW), mallory.getPrivate())));
    for (var kid : new String[] {null, KID}) {
      var forged = Forge.header("ES256", kid).put("jwk", other);
      refused(
          Refusal.KEY,
          verifier.verify(Forge.token(forged, Forge.claims(NOW), mallory.getPrivate())));
    }
  }

  @Test
  void aChainCountsIfItLeadsToATrustedCertificate() throws IOException {
    now = Instant.now();
    var root = Forge.authority("root");
    var middle = Forge.issued("middle", root);
    var leaf = Forge.issued("leaf", middle);
    var expired = Forge.issued("expired", middle, now.minusSeconds(60));
    var mallory = Forge.issued("leaf", Forge.issued("middle", Forge.authority("root")));
    var bundle = Files.writeString(folder.resolve("root.pem"), Forge.pem(root));
    var verifier = verifier(TrustedKeys.read(bundle, null), Algorithm.ASYMMETRIC);

    accepted(verifier.verify(chained(leaf.getKeyPair(), Forge.x5c(leaf, middle))));
    accepted(verifier.verify(chained(leaf.getKeyPair(), Forge.x5c(leaf, middle, root))));
    accepted(verifier.verify(chained(middle.getKeyPair(), Forge.x5c(middle))));
    accepted(verifier.verify(chained(root.getKeyPair(), Forge.x5c(root))));
    refused(Refusal.KEY, verifier.verify(chained(leaf.getKeyPair(), Forge.x5c(leaf))));
    refused(
        Refusal.KEY, verifier.verify(chained(expired.getKeyPair(), Forge.x5c(expired, middle))));
    refused(
        Refusal.KEY, verifier.verify(chained(mallory.getKeyPair(), Forge.x5c(mallory, middle))));
    refused(
        Refusal.SIGNATURE, verifier.verify(chained(mallory.getKeyPair(), Forge.x5c(leaf, middle))));
    var tooMany = Stream.generate(() -> Forge.x5c(middle).getString(0)).limit(8).toList();
    refused(
        Refusal.KEY,
        verifier.verify(
            chained(
                leaf.getKeyPair(),
                new JsonArray().addAll(Forge.x5c(leaf)).addAll(new JsonArray(tooMany)))));

    now = now.plusSeconds(7200);
    refused(Refusal.KEY, verifier.verify(chained(leaf.getKeyPair(), Forge.x5c(leaf, middle))));
    refused(Refusal.KEY, verifier.verify(chained(root.getKeyPair(), Forge.x5c(root))));
  }

  private String chained(KeyPair keys, JsonArray x5c) {
    var header = Forge.header("ES256", null).put("x5c", x5c);
    return Forge.token(header, Forge.claims(now), keys.getPrivate());
  }

  @Test
  void keysOfASet() throws IOException {
    var rsa = Forge.keys("RS256");
    var edwards = Forge.keys("EdDSA");
    var secret = new SecretKeySpec(new byte[64], "HMAC");
    var set =
        new JsonObject()
            .put(
                "keys",
                new JsonArray()
                    .add(jwk(rsa).put("kid", "one").put("alg", "RS256").put("use", "sig"))
                    .add(jwk(edwards).put("kid", "two"))
                    .add(jwk(KEYS).put("kid", "for secrets").put("use", "enc"))
                    .add(
                        new JsonObject()
                            .put("kty", "oct")
                            .put("kid", "shared")
                            .put("k", Base64.getUrlEncoder().encodeToString(new byte[64]))));
    var keys = TrustedKeys.read(null, Files.writeString(folder.resolve("jwks"), set.encode()));
    var verifier = verifier(keys, EnumSet.allOf(Algorithm.class));

    accepted(verifier.verify(named("RS256", "one", rsa)));
    accepted(verifier.verify(named("RS256", Jwk.thumbprint(rsa.getPublic()), rsa)));
    accepted(verifier.verify(named("EdDSA", "two", edwards)));
    accepted(
        verifier.verify(Forge.token(Forge.header("HS512", "shared"), Forge.claims(NOW), secret)));
    refused(Refusal.ALGORITHM, verifier.verify(named("PS256", "one", rsa)));
    refused(Refusal.KEY, verifier.verify(named("ES256", "for secrets", KEYS)));
    refused(
        Refusal.ALGORITHM,
        verifier(keys, Algorithm.ASYMMETRIC)
            .verify(Forge.token(Forge.header("HS512", "shared"), Forge.claims(NOW), secret)));
  }

  private static JsonObject jwk(KeyPair keys) {
    return new JsonObject(new HashMap<>(Jwk.of(keys.getPublic())));
  }

  private static String named(String algorithm, String kid, KeyPair keys) {
    return Forge.token(Forge.header(algorithm, kid), Forge.claims(NOW), keys.getPrivate());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.",
        "e30.e30.e30.e30.e30",
        "e30..e30",
        ".e30.e30",
        "bnVsbA.bnVsbA.AA",
        "W10.W10.AA",
        "\u0000.\u0000.\u0000",
        "é.é.é",
        "e30=.e30=.AA",
        "e30 .e30.AA",
        "MQ.MQ.MQ",
      })
  void whatIsNoTokenIsRefused(String text) {
    refused(Refusal.MALFORMED, verifier().verify(text));
  }

  @Test
  void everyTruncationIsRefused() {
    var token = good();
    var verifier = verifier();
    for (var length = 0; length < token.length(); length++) {
      assertInstanceOf(
          Verification.Refused.class, verifier.verify(token.substring(0, length)), "" + length);
    }
  }

  /** Nothing makes it throw; and what it takes is, as far as it is signed, what was signed. */
  @Test
  void changedCertificatesAreRefused() throws Exception {
    now = Instant.now();
    var root = Forge.authority("root");
    var leaf = Forge.issued("leaf", root);
    var bundle = Files.writeString(folder.resolve("root.pem"), Forge.pem(root));
    var verifier = verifier(TrustedKeys.read(bundle, null), Algorithm.ASYMMETRIC);
    var random = new Random(5);
    var x5c = Base64.getDecoder().decode(Forge.x5c(leaf).getString(0));
    for (var i = 0; i < 2_000; i++) {
      var changed = x5c.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      var chain = new JsonArray().add(Base64.getEncoder().encodeToString(changed));
      var verification = verifier.verify(chained(leaf.getKeyPair(), chain));
      if (verification instanceof Verification.Accepted) {
        var certificate =
            (X509Certificate)
                CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(changed));
        assertArrayEquals(
            leaf.getCertificate().getTBSCertificate(), certificate.getTBSCertificate());
      } else {
        refused(Refusal.KEY, verification);
      }
    }
  }

  @Test
  void tooLongIsRefused() {
    refused(Refusal.TOO_LONG, verifier().verify("a".repeat(TokenVerifier.LONGEST + 1)));
    refused(Refusal.TOO_LONG, verifier().verify(good() + "a".repeat(1 << 20)));
  }

  @Test
  void deepDocumentsAreRefused() {
    var deep = Forge.encoded("{\"a\":".repeat(3000) + "1" + "}".repeat(3000));

    refused(Refusal.MALFORMED, verifier().verify(deep + ".e30.AA"));
  }

  @Test
  void remembersUntilItExpires() {
    var verifier = verifier();
    var token = good();

    assertTrue(assertInstanceOf(Verification.Accepted.class, verifier.verify(token)).first());
    assertFalse(assertInstanceOf(Verification.Accepted.class, verifier.verify(token)).first());
    now = NOW.plusSeconds(359);
    accepted(verifier.verify(token));
    now = NOW.plusSeconds(360);
    refused(Refusal.EXPIRED, verifier.verify(token));
    refused(Refusal.EXPIRED, verifier.verify(token));
  }

  @Test
  void otherKeysBeginWithNothing() {
    var verifier = verifier();
    var token = good();
    var next = Forge.keys("ES256");
    accepted(verifier.verify(token));

    verifier.trust(TrustedKeys.of(List.of(next.getPublic())));

    refused(Refusal.KEY, verifier.verify(token));
    accepted(verifier.verify(named("ES256", Jwk.thumbprint(next.getPublic()), next)));
    verifier.trust(TrustedKeys.of(List.of(next.getPublic(), KEYS.getPublic())));
    accepted(verifier.verify(token));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nothing here                          | has no certificate",
        "-----BEGIN CERTIFICATE-----A-----END CERTIFICATE----- | has a certificate that cannot be"
            + " read",
        "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE----- | has a certificate that cannot"
            + " be read",
      })
  void badBundlesAreToldOf(String text, String sentence) throws IOException {
    var file = Files.writeString(folder.resolve("bundle.pem"), text);

    var e = assertThrows(IOException.class, () -> TrustedKeys.read(file, null));

    assertEquals(file + " " + sentence, String.valueOf(e.getMessage()).replaceFirst(": .*", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "none                         | is not JSON",
        "{}                           | has no list of keys",
        "{\"keys\": []}               | has no key for signatures",
        "{\"keys\": [{\"kty\": \"RSA\"}]} | has a key that cannot be read: n is missing",
      })
  void badSetsAreToldOf(String text, String sentence) throws IOException {
    var file = Files.writeString(folder.resolve("jwks"), text);

    var e = assertThrows(IOException.class, () -> TrustedKeys.read(null, file));

    assertEquals(file + " " + sentence, e.getMessage());
  }
}
