package io.layover.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** The check of a Bearer token: one that was seen before, and one that was not. */
@State(Scope.Benchmark)
@BenchmarkMode({Mode.AverageTime, Mode.SampleTime})
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class TokenBenchmark {
  private Vertx vertx;
  private TokenVerifier verifier;
  private TrustedKeys keys;
  private TokenGate gate;
  private String token;
  private String authorization;

  @Setup
  public void start() throws GeneralSecurityException {
    vertx = Vertx.vertx();
    var generator = KeyPairGenerator.getInstance("RSA");
    generator.initialize(2048);
    var pair = generator.generateKeyPair();
    keys = TrustedKeys.of(List.of(pair.getPublic()));
    verifier =
        new TokenVerifier(
            vertx,
            new TokenVerifier.Expected("issuer", "service", Algorithm.ASYMMETRIC),
            keys,
            InstantSource.system());
    gate = new TokenGate(verifier, new TokenGate.Realm("https://auth.example", null), "service");
    token = token(pair);
    authorization = "Bearer " + token;
    if (!(verifier.verify(token) instanceof TokenVerifier.Verification.Accepted)) {
      throw new IllegalStateException("the token is not good");
    }
  }

  private static String token(KeyPair pair) throws GeneralSecurityException {
    var now = Instant.now().getEpochSecond();
    var access =
        new JsonObject()
            .put("type", "repository")
            .put("name", "library/alpine")
            .put("actions", new JsonArray().add("pull"));
    var claims =
        new JsonObject()
            .put("iss", "issuer")
            .put("sub", "alice")
            .put("aud", "service")
            .put("nbf", now - 10)
            .put("exp", now + 3600)
            .put("access", new JsonArray().add(access));
    var header =
        new JsonObject()
            .put("typ", "JWT")
            .put("alg", "RS256")
            .put("kid", KeyName.LIBTRUST.of(pair.getPublic()));
    var text = encoded(header) + "." + encoded(claims);
    var signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(pair.getPrivate());
    signature.update(text.getBytes(StandardCharsets.US_ASCII));
    return text + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature.sign());
  }

  private static String encoded(JsonObject json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.encode().getBytes());
  }

  @TearDown
  public void stop() {
    vertx.close().await();
  }

  /** The hot path: what a request with a token pays. */
  @Benchmark
  public Future<?> remembered() {
    return gate.admit(authorization, "127.0.0.1");
  }

  /** The first request with a token. */
  @Benchmark
  public Object verified() {
    verifier.trust(keys);
    return verifier.verify(token);
  }
}
