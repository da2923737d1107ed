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
import java.util.function.Predicate;
import java.util.function.Supplier;
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
  private final Supplier<Form> form;
  private final InstantSource clock;
  private volatile @Nullable Signer signer;

  /**
   * What tokens are like.
   *
   * @param issuer who they say they are of
   * @param life how long they are good
   * @param keyName how they name their key
   * @param withChain the services for which they bring the certificates of their key: registries
   *     that know the key by one of its names alone refuse them then, and others accept either
   *     name; half of a token's length
   */
  public record Form(String issuer, Duration life, KeyName keyName, Predicate<String> withChain) {}

  /** A token. */
  public record Issued(String token, Instant at, Duration life) {}

  /** Vert.x Auth JWT with a key, and with the name of it. */
  private record Signer(SigningKey key, KeyName name, JWTAuth auth) {
    boolean isFor(SigningKey other, KeyName otherName) {
      return key.equals(other) && name == otherName;
    }
  }

  /**
   * Issues tokens.
   *
   * @param form as it is at the moment
   */
  public TokenIssuer(Vertx vertx, SigningKeys keys, Supplier<Form> form, InstantSource clock) {
    this.vertx = vertx;
    this.keys = keys;
    this.form = form;
    this.clock = clock;
  }

  public String issuer() {
    return form.get().issuer;
  }

  /** The keys by which the tokens can be verified. */
  public JsonObject jwks() {
    return keys.jwks(form.get().keyName);
  }

  /** A token for a service, which grants these scopes. */
  public Future<Issued> issue(Account account, String service, List<Scope> granted) {
    var like = form.get();
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var claims =
        new JsonObject()
            .put("iss", like.issuer)
            .put("sub", account.name())
            .put("aud", service)
            .put("exp", now.plus(like.life).getEpochSecond())
            .put("nbf", now.minus(BEFORE).getEpochSecond())
            .put("iat", now.getEpochSecond())
            .put("jti", UUID.randomUUID().toString())
            .put("access", access(granted));
    // A signature takes long enough to be felt on an event loop.
    return vertx
        .executeBlocking(() -> sign(like, claims, now, like.withChain.test(service)), false)
        .map(token -> new Issued(token, now, like.life));
  }

  private static JsonArray access(List<Scope> granted) {
    var access = new JsonArray();
    for (var scope : granted) {
      access.add(
          new JsonObject()
              .put("type", scope.type())
              .put("name", scope.name())
              .put("actions", new JsonArray(List.copyOf(scope.actions()))));
    }
    return access;
  }

  private String sign(Form like, JsonObject claims, Instant now, boolean withChain) {
    var current = signer(like.keyName);
    var header = new JsonObject();
    var chain = withChain ? current.key.x5c(now) : List.<String>of();
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

  private Signer signer(KeyName name) {
    var key = keys.current();
    var known = signer;
    if (known == null || !known.isFor(key, name)) {
      known = new Signer(key, name, jwtAuth(key, name));
      signer = known;
    }
    return known;
  }

  private JWTAuth jwtAuth(SigningKey key, KeyName name) {
    return JWTAuth.create(
        vertx,
        new JWTAuthOptions()
            .addPubSecKey(
                new PubSecKeyOptions()
                    .setAlgorithm(key.algorithm().name())
                    .setId(name.of(key.publicKey()))
                    .setBuffer(key.privatePem())));
  }
}
