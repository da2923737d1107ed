package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.layover.oci.Excerpt;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What to put into the {@code Authorization} header for an upstream: a token per scope, kept until
 * shortly before it expires, and negotiated once however many requests wait for it.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">distribution, Token
 *     Authentication Specification</a>
 */
final class UpstreamTokens {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamTokens.class);
  private static final int LARGEST_ANSWER = 256 << 10;
  private static final long DEFAULT_LIFE = 60;
  private static final double USED_LIFE = 0.9;

  private final Upstream upstream;
  private final HttpClient client;
  private final SingleFlight<String, Authorization> negotiations = new SingleFlight<>();
  private final Cache<String, Authorization> known =
      Caffeine.newBuilder()
          .maximumSize(10_000)
          .expireAfter(Expiry.creating((String scope, Authorization a) -> a.life))
          .build();
  private volatile @Nullable Challenge lastChallenge;

  /** A header's value, and how long it may be used. */
  private record Authorization(String header, Duration life) {}

  UpstreamTokens(Upstream upstream, HttpClient client) {
    this.upstream = upstream;
    this.client = client;
  }

  /**
   * The header for {@code scope}, or null as long as the upstream has not asked for one. Once it
   * has, later scopes get their token without being refused first.
   */
  Future<@Nullable String> authorization(String scope) {
    var ready = known.getIfPresent(scope);
    if (ready != null) {
      return Future.succeededFuture(ready.header);
    }
    var challenge = lastChallenge;
    return challenge == null ? Future.succeededFuture() : negotiate(challenge, scope);
  }

  /** A new header for {@code scope}, after a request with {@code refused} was refused. */
  Future<String> renew(List<String> challengeHeaders, String scope, @Nullable String refused) {
    var ready = known.getIfPresent(scope);
    if (ready != null && !ready.header.equals(refused)) {
      return Future.succeededFuture(ready.header);
    }
    known.invalidate(scope);
    var challenges = Challenge.parse(challengeHeaders);
    var chosen =
        challenges.stream()
            .filter(c -> c.scheme().equals("bearer") && c.parameter("realm") != null)
            .findFirst()
            .or(() -> challenges.stream().filter(c -> c.scheme().equals("basic")).findFirst())
            .orElse(lastChallenge);
    if (chosen == null) {
      return Future.failedFuture(
          new UpstreamFailure(Kind.ABSENT, "refused with no challenge that can be answered"));
    }
    return negotiate(chosen, scope);
  }

  private Future<String> negotiate(Challenge challenge, String scope) {
    return negotiations
        .get(
            scope,
            () -> {
              var ready = known.getIfPresent(scope);
              return ready != null
                  ? Future.succeededFuture(ready)
                  : answer(challenge, scope)
                      .onSuccess(
                          authorization -> {
                            lastChallenge = challenge;
                            known.put(scope, authorization);
                          });
            })
        .map(Authorization::header);
  }

  private Future<Authorization> answer(Challenge challenge, String scope) {
    if (challenge.scheme().equals("bearer")) {
      return fetchToken(challenge, scope);
    }
    var credentials = upstream.credentials();
    return credentials == null
        ? Future.failedFuture(
            new UpstreamFailure(Kind.ABSENT, "a password is needed, and none is configured"))
        : Future.succeededFuture(new Authorization(basic(credentials), Duration.ofDays(1)));
  }

  private Future<Authorization> fetchToken(Challenge challenge, String scope) {
    URI realm;
    try {
      realm = upstream.base().resolve(String.valueOf(challenge.parameter("realm")));
    } catch (IllegalArgumentException e) {
      return Future.failedFuture(new UpstreamFailure(Kind.BROKEN, "the realm is not an address"));
    }
    if (!List.of("http", "https").contains(String.valueOf(realm.getScheme()))
        || realm.getHost() == null) {
      return Future.failedFuture(new UpstreamFailure(Kind.BROKEN, "the realm is not an address"));
    }
    var credentials = upstream.credentials();
    var request =
        new RequestOptions()
            .setMethod(HttpMethod.GET)
            .setAbsoluteURI(tokenUri(realm, challenge.parameter("service"), scope, credentials))
            .putHeader("Accept", "application/json");
    if (credentials != null) {
      if (Realms.mayKnowCredentials(upstream.base(), realm)) {
        request.putHeader("Authorization", basic(credentials));
      } else {
        LOG.warn(
            "upstream {}: credentials are not sent to the token server {}, which is elsewhere",
            upstream.name(),
            realm.getHost());
      }
    }
    var asked = System.nanoTime();
    return Responses.send(client, request)
        .compose(response -> readToken(response, realm))
        .map(got -> new Authorization(got.header, got.life.minusNanos(System.nanoTime() - asked)))
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof UpstreamFailure
                        ? e
                        : new UpstreamFailure(
                            Kind.UNAVAILABLE,
                            "the token server " + realm.getHost() + " cannot be asked",
                            e)));
  }

  private static String tokenUri(
      URI realm, @Nullable String service, String scope, Upstream.@Nullable Credentials account) {
    var uri = new StringBuilder(realm.toString());
    uri.append(realm.getRawQuery() == null ? '?' : '&').append("scope=").append(encode(scope));
    if (service != null) {
      uri.append("&service=").append(encode(service));
    }
    if (account != null) {
      uri.append("&account=").append(encode(account.username()));
    }
    return uri.append("&client_id=layover").toString();
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private static String basic(Upstream.Credentials credentials) {
    var pair = credentials.username() + ":" + credentials.password();
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private Future<Authorization> readToken(HttpClientResponse response, URI realm) {
    var status = response.statusCode();
    return Responses.body(response, LARGEST_ANSWER)
        .map(
            body -> {
              if (status == 401 || status == 403) {
                throw new UpstreamFailure(
                    Kind.ABSENT, "the token server " + realm.getHost() + " says " + status);
              }
              if (status != 200) {
                throw Responses.failure(
                    response, "the token server " + realm.getHost() + " says " + status);
              }
              return parse(body);
            });
  }

  private static Authorization parse(Buffer body) {
    try {
      var json = new JsonObject(body);
      var token = json.getString("token", json.getString("access_token"));
      if (token == null || token.isEmpty() || !isHeaderSafe(token)) {
        throw new UpstreamFailure(Kind.BROKEN, "the token server's answer has no usable token");
      }
      var seconds =
          json.getValue("expires_in") instanceof Number life && life.longValue() > 0
              ? life.longValue()
              : DEFAULT_LIFE;
      return new Authorization(
          "Bearer " + token, Duration.ofMillis((long) (seconds * 1000 * USED_LIFE)));
    } catch (io.vertx.core.json.DecodeException | ClassCastException e) {
      throw new UpstreamFailure(
          Kind.BROKEN,
          "the token server's answer is not the JSON expected: " + Excerpt.of(body.toString()),
          e);
    }
  }

  private static boolean isHeaderSafe(String token) {
    return token.chars().allMatch(c -> c > ' ' && c < 127);
  }
}
