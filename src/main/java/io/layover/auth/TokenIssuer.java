package io.layover.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Makes tokens.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/jwt/">distribution, Token
 *     Authentication Implementation</a>
 */
public final class TokenIssuer {
  /** How far the clock of a registry may be behind. */
  private static final Duration BEFORE = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final SigningKeys keys;
  private final Form form;
  private final InstantSource clock;
  private volatile @Nullable Signer signer;

  /**
   * What tokens are like.
   *
   * @param issuer who they say they are of
   * @param life how long they are good
   * @param keyName how they name their key
   * @param withChain whether they bring the certificates of their key: registries that know the key
   *     by one of its names alone refuse them then, and others accept either name
   */
  public record Form(String issuer, Duration life, KeyName keyName, boolean withChain) {}

  /** A token. */
  public record Issued(String token, Instant at, Duration life) {}

  /** Vert.x Auth JWT with a key. */
  private record Signer(SigningKey key, JWTAuth auth) {}

  public TokenIssuer(Vertx vertx, SigningKeys keys, Form form, InstantSource clock) {
    this.vertx = vertx;
    this.keys = keys;
    this.form = form;
    this.clock = clock;
  }

  public String issuer() {
    return form.issuer;
  }

  /** The keys by which the tokens can be verified. */
  public JsonObject jwks() {
    return keys.jwks(form.keyName);
  }

  /** A token for a service, which grants these scopes. */
  public Future<Issued> issue(Account account, String service, List<Scope> granted) {
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var access = new JsonArray();
    for (var scope : granted) {
      access.add(
          new JsonObject()
              .put("type", scope.type())
              .put("name", scope.name())
              .put("actions", new JsonArray(List.copyOf(scope.actions()))));
    }
    var claims =
        new JsonObject()
            .put("iss", form.issuer)
            .put("sub", account.name())
            .put("aud", service)
            .put("exp", now.plus(form.life).getEpochSecond())
            .put("nbf", now.minus(BEFORE).getEpochSecond())
            .put("iat", now.getEpochSecond())
            .put("jti", UUID.randomUUID().toString())
            .put("access", access);
    // A signature takes long enough to be felt on an event loop.
    return vertx
        .executeBlocking(() -> sign(claims, now), false)
        .map(token -> new Issued(token, now, form.life));
  }

  private String sign(JsonObject claims, Instant now) {
    var current = signer();
    var header = new JsonObject();
    var chain = form.withChain ? current.key.x5c(now) : List.<String>of();
    if (!chain.isEmpty()) {
      header.put("x5c", new JsonArray(chain));
    }
    return current.auth.generateToken(
        claims,
        new JWTOptions()
            .setAlgorithm(current.key.algorithm().name())
            .setNoTimestamp(true)
            .setHeader(header));
  }

  private Signer signer() {
    var key = keys.current();
    var known = signer;
    if (known == null || !known.key.equals(key)) {
      known =
          new Signer(
              key,
              JWTAuth.create(
                  vertx,
                  new JWTAuthOptions()
                      .addPubSecKey(
                          new PubSecKeyOptions()
                              .setAlgorithm(key.algorithm().name())
                              .setId(form.keyName.of(key.publicKey()))
                              .setBuffer(key.privatePem()))));
      signer = known;
    }
    return known;
  }
}
