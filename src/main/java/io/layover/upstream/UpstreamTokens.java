package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.layover.trace.Spans;
import io.layover.upstream.TokenServer.Authorization;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What to put into the {@code Authorization} header for an upstream: a token per scope, kept until
 * shortly before it expires, and negotiated once however many requests wait for it.
 */
final class UpstreamTokens {
  private static final Duration JUST_NOW = Duration.ofSeconds(10);
  private static final Duration BASIC_LIFE = Duration.ofDays(1);

  private final Upstream upstream;
  private final TokenServer server;
  private final Time time;
  private final SingleFlight<String, Held> negotiations = new SingleFlight<>();
  private final Cache<String, Held> known =
      Caffeine.newBuilder()
          .maximumSize(10_000)
          .expireAfter(Expiry.creating((String scope, Held held) -> held.authorization.life()))
          .build();
  private volatile @Nullable Posed lastChallenge;

  /** A challenge, and who posed it. */
  private record Posed(Challenge challenge, Sender by) {}

  /** An answer to a challenge, and when it was found. */
  private record Held(Authorization authorization, Challenge to, long nanos) {
    String header() {
      return authorization.header();
    }

    /** True if asking the same server again would bring no more than this. */
    boolean isAsGoodAs(Challenge other, long now) {
      return now - nanos < JUST_NOW.toNanos()
          && "insufficient_scope".equals(other.parameter("error"))
          && Objects.equals(to.parameter("realm"), other.parameter("realm"))
          && Objects.equals(to.parameter("service"), other.parameter("service"));
    }
  }

  UpstreamTokens(Upstream upstream, TokenServer server, Time time) {
    this.upstream = upstream;
    this.time = time;
    this.server = server;
  }

  /**
   * The header for {@code scope}, or null as long as the upstream has not asked for one. Once it
   * has, later scopes get their token without being refused first.
   */
  Future<@Nullable String> authorization(String scope) {
    var ready = known.getIfPresent(scope);
    if (ready != null) {
      return Future.succeededFuture(ready.header());
    }
    var challenge = lastChallenge;
    return challenge == null ? Future.succeededFuture() : negotiate(challenge, scope);
  }

  /** A new header for {@code scope}, after a request with {@code refused} was refused. */
  Future<String> renew(Answer answer, String scope, @Nullable String refused) {
    var chosen = choose(Challenge.parse(answer.headers("WWW-Authenticate")), answer.sender());
    if (chosen == null) {
      return Future.failedFuture(
          new UpstreamFailure(Kind.ABSENT, "it refuses, with no challenge that can be answered"));
    }
    var held = known.getIfPresent(scope);
    if (held != null
        && held.header().equals(refused)
        && held.isAsGoodAs(chosen.challenge, time.nanos())) {
      return Future.failedFuture(
          UpstreamFailure.answered(
              Kind.ABSENT, "it refuses a token that was got for this", answer.status(), null));
    }
    // Only what was refused is forgotten: another request may have got something newer meanwhile.
    known.asMap().computeIfPresent(scope, (s, kept) -> kept.header().equals(refused) ? null : kept);
    return negotiate(chosen, scope);
  }

  /** A token where one can be had, else a password, else what was asked for the last time. */
  private @Nullable Posed choose(List<Challenge> challenges, Sender by) {
    return challenges.stream()
        .filter(challenge -> challenge.isBearer() && challenge.hasRealm())
        .findFirst()
        .or(() -> challenges.stream().filter(Challenge::isBasic).findFirst())
        .map(challenge -> new Posed(challenge, by))
        .orElse(lastChallenge);
  }

  private Future<String> negotiate(Posed challenge, String scope) {
    return negotiations
        .get(
            scope,
            () -> {
              var ready = known.getIfPresent(scope);
              return ready != null
                  ? Future.succeededFuture(ready)
                  : Spans.within("upstream token", () -> answer(challenge, scope))
                      .map(found -> new Held(found, challenge.challenge, time.nanos()))
                      .onSuccess(
                          held -> {
                            lastChallenge = challenge;
                            known.put(scope, held);
                          });
            })
        .map(Held::header);
  }

  private Future<Authorization> answer(Posed posed, String scope) {
    if (posed.challenge.isBearer()) {
      return server.token(posed.challenge, scope, posed.by);
    }
    var credentials = upstream.credentials();
    return credentials == null
        ? Future.failedFuture(
            new UpstreamFailure(Kind.REFUSED, "it wants a password, and none is configured"))
        : Future.succeededFuture(new Authorization(credentials.basic(), BASIC_LIFE));
  }
}
