package io.layover.upstream;

import io.layover.oci.Excerpt;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token servers that an upstream names in its challenges.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">distribution, Token
 *     Authentication Specification</a>
 */
final class TokenServer {
  private static final Logger LOG = LoggerFactory.getLogger(TokenServer.class);
  private static final int LARGEST_ANSWER = 256 << 10;
  private static final int LONGEST_TOKEN = 24 << 10;
  private static final long DEFAULT_LIFE = 60;
  private static final long LONGEST_LIFE = Duration.ofDays(1).toSeconds();
  private static final double USED_LIFE = 0.9;
  private static final Pattern OWN_SCOPE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final int MOST_STRANGERS = 100;

  private final Upstream upstream;
  private final Dialer dialer;

  /** Realms that were not told the credentials; each is named once. */
  private final Set<String> strangers = ConcurrentHashMap.newKeySet();

  /** A header's value, and how long it may be used. */
  record Authorization(String header, Duration life) {
    /** Counted from when it was asked for. */
    private Authorization since(long nanos) {
      var left = life.minusNanos(System.nanoTime() - nanos);
      return new Authorization(header, left.isNegative() ? Duration.ZERO : left);
    }
  }

  TokenServer(Upstream upstream, Dialer dialer) {
    this.upstream = upstream;
    this.dialer = dialer;
  }

  /**
   * A token for {@code scope}, from the realm of {@code challenge}.
   *
   * @param sender whose challenge it is
   */
  Future<Authorization> token(Challenge challenge, String scope, Sender sender) {
    var realm = Redirects.webAddress(upstream.base(), String.valueOf(challenge.parameter("realm")));
    if (realm == null) {
      return Future.failedFuture(
          UpstreamFailure.refused(Refusal.REALM, "the realm of its challenge is not an address"));
    }
    var known = Realms.mayKnowCredentials(upstream.base(), realm);
    var told = known ? upstream.credentials() : null;
    if (!known && upstream.credentials() != null) {
      name(realm);
    }
    var uri = address(realm, challenge, scope, told);
    Map<String, String> headers =
        told == null
            ? Map.of("Accept", "application/json")
            : Map.of("Accept", "application/json", "Authorization", told.basic());
    var asked = System.nanoTime();
    return dialer
        .send(new Dialer.Call(HttpMethod.GET, uri, headers, sender, known))
        .compose(
            answer ->
                answer.status() == 200
                    ? answer.body(LARGEST_ANSWER).map(TokenServer::read)
                    : Future.failedFuture(refusal(answer, realm)))
        .map(got -> got.since(asked));
  }

  private static UpstreamFailure refusal(Answer answer, URI realm) {
    var says = "the token server %s says %d".formatted(realm.getHost(), answer.status());
    return answer.status() == 404 || answer.status() == 410
        // It is the token server that is not there, which says nothing about the image.
        ? answer.refused(new UpstreamFailure(UpstreamFailure.Kind.UNAVAILABLE, says))
        : answer.failure(says);
  }

  private void name(URI stranger) {
    if (strangers.size() < MOST_STRANGERS && strangers.add(stranger.getHost())) {
      LOG.warn(
          "upstream {}: its token server {} is elsewhere, so it is asked without credentials",
          upstream.name(),
          stranger.getHost());
    }
  }

  private static URI address(
      URI realm, Challenge challenge, String scope, Upstream.@Nullable Credentials account) {
    var uri = new StringBuilder(realm.toString().replaceFirst("#.*", ""));
    uri.append(realm.getRawQuery() == null ? '?' : '&').append("scope=").append(encode(scope));
    ownScopes(challenge).forEach(own -> uri.append("&scope=").append(encode(own)));
    var service = challenge.parameter("service");
    if (service != null) {
      uri.append("&service=").append(encode(service));
    }
    if (account != null) {
      uri.append("&account=").append(encode(account.username()));
    }
    return URI.create(uri.append("&client_id=layover").toString());
  }

  /**
   * The scopes of a challenge that are none of the specification's: public.ecr.aws wants {@code
   * aws}. Of the others we know better what we want; ghcr.io names some image or other.
   */
  private static Stream<String> ownScopes(Challenge challenge) {
    var scope = challenge.parameter("scope");
    return scope == null
        ? Stream.empty()
        : Stream.of(scope.split(" ", -1)).filter(own -> OWN_SCOPE.matcher(own).matches());
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  /** Reads the answer, in which {@code token} and {@code access_token} mean the same. */
  static Authorization read(Buffer body) {
    JsonObject json;
    try {
      json = Json.decodeValue(body) instanceof JsonObject object ? object : new JsonObject();
    } catch (DecodeException e) {
      throw UpstreamFailure.refused(
          Refusal.CONTENT,
          "the token server's answer is not JSON: " + Excerpt.of(body.toString()),
          e);
    }
    var token =
        Stream.of("token", "access_token")
            .map(json::getValue)
            .filter(value -> value instanceof String text && isUsable(text))
            .findFirst()
            .orElseThrow(
                () ->
                    UpstreamFailure.refused(
                        Refusal.CONTENT, "the token server's answer has no usable token"));
    var seconds =
        json.getValue("expires_in") instanceof Number life && life.longValue() > 0
            ? Math.min(LONGEST_LIFE, life.longValue())
            : DEFAULT_LIFE;
    return new Authorization(
        "Bearer " + token, Duration.ofMillis((long) (seconds * 1000 * USED_LIFE)));
  }

  /** True for what can stand in a header. */
  private static boolean isUsable(String token) {
    return !token.isEmpty()
        && token.length() <= LONGEST_TOKEN
        && token.chars().allMatch(c -> c > ' ' && c < 127);
  }
}
