package io.layover.auth;

import io.layover.auth.TokenVerifier.Verification;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets in who has a token. */
public final class TokenGate implements Gate {
  private static final String BEARER = "Bearer ";

  private final TokenVerifier verifier;
  private final Realm realm;
  private final String service;

  /**
   * Where tokens are to be had.
   *
   * @param url of the token server
   * @param path where it is on the host that the client asked, whichever that is; null: at the URL
   */
  public record Realm(String url, @Nullable String path) {
    String at(@Nullable String origin) {
      return path == null || origin == null ? url : origin + path;
    }
  }

  public TokenGate(TokenVerifier verifier, Realm realm, String service) {
    this.verifier = verifier;
    this.realm = realm;
    this.service = service;
  }

  @Override
  public Future<Admission> admit(@Nullable String authorization, @Nullable String address) {
    if (authorization == null
        || !authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return Future.failedFuture(new Refused(Refusal.ABSENT));
    }
    return switch (verifier.verify(authorization.substring(BEARER.length()).strip())) {
      case Verification.Accepted(var token, var first) ->
          Future.succeededFuture(new Admission(token.account(), token.grants(), first));
      case Verification.Refused(var why) -> Future.failedFuture(new Refused(why));
    };
  }

  @Override
  public String challenge(@Nullable String origin, List<Scope> wanted, Refusal why) {
    return Challenges.bearer(realm.at(origin), service, wanted, why.error());
  }
}
