package io.layover.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.security.Key;
import java.security.PublicKey;
import java.util.Base64;

/**
 * Checks signatures with Vert.x Auth JWT, which is given one key and one algorithm at a time: it
 * would choose by {@code kid} alone, and knows neither libtrust's names nor chains of certificates.
 */
final class Signatures {
  private static final int KEYS = 64;

  private final Vertx vertx;
  private final Cache<Use, JWTAuth> checks = Caffeine.newBuilder().maximumSize(KEYS).build();

  private record Use(Key key, Algorithm algorithm) {}

  Signatures(Vertx vertx) {
    this.vertx = vertx;
  }

  /** True if {@code key} signed the token; what the token says is not looked at. */
  boolean isSigned(String token, Key key, Algorithm algorithm) {
    var check = checks.get(new Use(key, algorithm), this::check);
    // It is done when it returns: nothing in it waits.
    return check.authenticate(new TokenCredentials(token)).succeeded();
  }

  private JWTAuth check(Use use) {
    return JWTAuth.create(
        vertx,
        new JWTAuthOptions()
            .setJWTOptions(new JWTOptions().setIgnoreExpiration(true))
            .addPubSecKey(
                new PubSecKeyOptions()
                    .setAlgorithm(use.algorithm.name())
                    .setBuffer(encoded(use.key))));
  }

  private static Buffer encoded(Key key) {
    return key instanceof PublicKey
        ? Buffer.buffer(
            "-----BEGIN PUBLIC KEY-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded())
                + "\n-----END PUBLIC KEY-----\n")
        : Buffer.buffer(key.getEncoded());
  }
}
