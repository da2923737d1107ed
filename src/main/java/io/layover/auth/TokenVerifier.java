package io.layover.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells which tokens are good. A token that was verified is remembered until it expires or the keys
 * change; what is remembered is bounded.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/jwt/">distribution, Token
 *     Authentication Implementation</a>
 */
public final class TokenVerifier {
  /** The longest token that is looked at. */
  static final int LONGEST = 32 << 10;

  /** How far the clocks of servers may be apart, in seconds. */
  private static final long LEEWAY = 60;

  /** How much is remembered, in characters of tokens. */
  private static final long REMEMBERED = 4 << 20;

  private final Expected expected;
  private final InstantSource clock;
  private final Vertx vertx;
  private volatile Generation generation;

  /** What a token must say. */
  public record Expected(String issuer, String service, Set<Algorithm> algorithms) {}

  /** What came out. */
  public sealed interface Verification {
    /**
     * The token is good.
     *
     * @param first whether this is the first time that it is seen
     */
    record Accepted(AccessToken token, boolean first) implements Verification {}

    record Refused(Refusal why) implements Verification {}
  }

  /** The keys of a time, and what they verified: other keys begin with nothing. */
  private static final class Generation {
    private final TrustedKeys keys;
    private final Signatures signatures;
    private final Cache<String, AccessToken> remembered;

    /** The token of the last request, as one client often sends many. */
    private volatile @Nullable Known last;

    private Generation(
        TrustedKeys keys, Signatures signatures, Cache<String, AccessToken> remembered) {
      this.keys = keys;
      this.signatures = signatures;
      this.remembered = remembered;
    }

    private @Nullable AccessToken find(String token) {
      var before = last;
      if (before != null && before.token.equals(token)) {
        return before.access;
      }
      var found = remembered.getIfPresent(token);
      if (found != null) {
        last = new Known(token, found);
      }
      return found;
    }
  }

  private record Known(String token, AccessToken access) {}

  public TokenVerifier(Vertx vertx, Expected expected, TrustedKeys keys, InstantSource clock) {
    this.vertx = vertx;
    this.expected = expected;
    this.clock = clock;
    this.generation = generation(keys);
  }

  private Generation generation(TrustedKeys keys) {
    return new Generation(
        keys,
        new Signatures(vertx),
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumWeight(REMEMBERED)
            .weigher((String token, AccessToken known) -> token.length())
            .expireAfter(Expiry.creating((String token, AccessToken known) -> left(known)))
            .build());
  }

  private Duration left(AccessToken token) {
    var now = clock.instant().getEpochSecond();
    return Duration.ofSeconds(Math.max(0, token.expires() + LEEWAY - now));
  }

  /** Trusts these keys from now on, and no others. */
  public void trust(TrustedKeys keys) {
    generation = generation(keys);
  }

  /** Looks at a token as it stands behind {@code Bearer}. */
  public Verification verify(String token) {
    if (token.length() > LONGEST) {
      return new Verification.Refused(Refusal.TOO_LONG);
    }
    var now = clock.instant();
    var current = generation;
    var known = current.find(token);
    if (known != null) {
      return known.expires() + LEEWAY > now.getEpochSecond()
          ? new Verification.Accepted(known, false)
          : new Verification.Refused(Refusal.EXPIRED);
    }
    var parsed = CompactToken.parse(token);
    if (parsed == null) {
      return new Verification.Refused(Refusal.MALFORMED);
    }
    // The signature comes last: it costs the most, and the rest is no secret.
    var refusal = claims(parsed, now.getEpochSecond());
    if (refusal == null) {
      refusal = signature(current, token, parsed, now);
    }
    if (refusal != null) {
      return new Verification.Refused(refusal);
    }
    var verified = accessToken(parsed);
    current.remembered.put(token, verified);
    return new Verification.Accepted(verified, true);
  }

  private @Nullable Refusal claims(CompactToken token, long now) {
    var expires = token.time("exp");
    if (expires == null || !token.isTimeOrAbsent("nbf") || !token.isTimeOrAbsent("iat")) {
      return Refusal.MALFORMED;
    }
    if (!expected.issuer.equals(token.text("iss"))) {
      return Refusal.ISSUER;
    }
    if (!token.isFor(expected.service)) {
      return Refusal.AUDIENCE;
    }
    if (now >= expires + LEEWAY) {
      return Refusal.EXPIRED;
    }
    return now + LEEWAY < begins(token) ? Refusal.EARLY : null;
  }

  private static long begins(CompactToken token) {
    return Math.max(
        Objects.requireNonNullElse(token.time("nbf"), 0L),
        Objects.requireNonNullElse(token.time("iat"), 0L));
  }

  private @Nullable Refusal signature(
      Generation current, String token, CompactToken parsed, Instant now) {
    var header = parsed.header();
    // What is critical must be understood (RFC 7515, 4.1.11), and nothing is.
    if (header.containsKey("crit")) {
      return Refusal.MALFORMED;
    }
    var algorithm =
        expected.algorithms.stream()
            .filter(allowed -> allowed.name().equals(header.get("alg")))
            .findFirst()
            .orElse(null);
    if (algorithm == null) {
      return Refusal.ALGORITHM;
    }
    var trusted = current.keys.find(header, now);
    if (trusted == null) {
      return Refusal.KEY;
    }
    if (!trusted.may(algorithm)) {
      return Refusal.ALGORITHM;
    }
    return current.signatures.isSigned(token, trusted.key(), algorithm) ? null : Refusal.SIGNATURE;
  }

  private static AccessToken accessToken(CompactToken token) {
    var subject = Objects.requireNonNullElse(token.text("sub"), "");
    return new AccessToken(
        subject.isEmpty() ? Account.ANONYMOUS : new Account(subject, Map.of()),
        Grants.of(token.access()),
        Objects.requireNonNullElse(token.time("exp"), 0L));
  }
}
