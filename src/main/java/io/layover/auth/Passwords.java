package io.layover.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.auth.Attempts.Attempt;
import io.layover.auth.AuthMeters.Check;
import io.layover.auth.Authenticator.Entry;
import io.layover.auth.Authenticator.WrongPassword;
import io.layover.futures.Futures;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The one way to have a password checked: never on an event loop, slower for who guesses, as long
 * for users that do not exist. A password that was right is remembered for a while, so that a busy
 * client does not pay for its hash with each request.
 */
public final class Passwords implements AutoCloseable {
  private static final Duration REMEMBERED = Duration.ofMinutes(5);
  private static final int MOST_REMEMBERED = 10_000;

  private final List<Authenticator> authenticators;
  private final Checks checks;
  private final Attempts attempts;
  private final AuthMeters meters;
  private final KeyedHash hash = new KeyedHash();
  private final ConcurrentHashMap<String, Future<Account>> running = new ConcurrentHashMap<>();
  private final Cache<String, Verified> verified =
      Caffeine.newBuilder().maximumSize(MOST_REMEMBERED).expireAfterWrite(REMEMBERED).build();

  /** An account whose password was right, while its entry is the same. */
  private record Verified(Account account, @Nullable Entry entry) {}

  /** Asks these in their order; the first that knows a user decides. */
  public Passwords(Vertx vertx, List<Authenticator> authenticators, MeterRegistry meters) {
    this(vertx, authenticators, meters, System::nanoTime);
  }

  Passwords(
      Vertx vertx, List<Authenticator> authenticators, MeterRegistry meters, LongSupplier time) {
    this.authenticators = List.copyOf(authenticators);
    this.checks = new Checks(vertx, this.authenticators);
    this.attempts = new Attempts(time);
    this.meters = new AuthMeters(meters);
  }

  /** The password was not looked at: too many wrong ones came before it. */
  public static final class TooManyAttempts extends RuntimeException {
    private final long retryAfter;

    TooManyAttempts(long retryAfter) {
      super("too many wrong passwords; try again in " + retryAfter + " s", null, false, false);
      this.retryAfter = retryAfter;
    }

    /** In seconds. */
    public long retryAfter() {
      return retryAfter;
    }
  }

  /**
   * The account that has these credentials. Fails with {@link WrongPassword}, also if nobody knows
   * the user, or with {@link TooManyAttempts}.
   *
   * @param address where they came from, numeric; null if it is not known
   */
  public Future<Account> check(Credentials credentials, @Nullable String address) {
    var key = hash.of(credentials.user(), credentials.password());
    var known = remembered(key, credentials);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    Promise<Account> mine = Promise.promise();
    var theirs = running.putIfAbsent(key, mine.future());
    if (theirs != null) {
      return Futures.onCallersContext(theirs);
    }
    // A check that has just ended is out of the map, but then it is remembered.
    known = remembered(key, credentials);
    if (known != null) {
      running.remove(key);
      mine.complete(known);
      return mine.future();
    }
    verify(credentials, Attempt.of(credentials.user(), address), key)
        .onComplete(
            done -> {
              running.remove(key);
              meters.count(done.succeeded() ? Check.VERIFIED : outcome(done.cause()));
              mine.handle(done);
            });
    return mine.future();
  }

  /** The account, if these credentials were right before and nothing has changed since. */
  private @Nullable Account remembered(String key, Credentials credentials) {
    var known = verified.getIfPresent(key);
    if (known == null || !Objects.equals(known.entry, entry(credentials.user()))) {
      return null;
    }
    meters.count(Check.REMEMBERED);
    return known.account;
  }

  private Future<Account> verify(Credentials credentials, Attempt attempt, String key) {
    var wait = checks.isFull() ? 1 : secondsToWait(attempt);
    if (wait > 0) {
      return Future.failedFuture(new TooManyAttempts(wait));
    }
    // Before the check: a change during it is not to be missed.
    var entry = entry(credentials.user());
    return checks
        .run(credentials, () -> refuseIfTooMany(attempt))
        .onSuccess(
            account -> {
              attempts.right(attempt);
              verified.put(key, new Verified(account, entry));
            })
        .onFailure(
            e -> {
              // Who does not say who it is guesses nothing.
              if (e instanceof WrongPassword && !credentials.areNone()) {
                attempts.wrong(attempt);
              }
            });
  }

  /** Those that wait together are not looked at together. */
  private void refuseIfTooMany(Attempt attempt) {
    var wait = secondsToWait(attempt);
    if (wait > 0) {
      throw new TooManyAttempts(wait);
    }
  }

  private long secondsToWait(Attempt attempt) {
    return attempt.user().isEmpty() ? 0 : attempts.secondsToWait(attempt);
  }

  private static Check outcome(Throwable e) {
    return switch (e) {
      case WrongPassword wrong -> Check.WRONG;
      case TooManyAttempts many -> Check.LIMITED;
      default -> Check.FAILED;
    };
  }

  /** What is known of a user without the password; null if nobody does, or can say. */
  public @Nullable Entry entry(String user) {
    for (var authenticator : authenticators) {
      var entry = authenticator.entry(user);
      if (entry != null) {
        return entry;
      }
    }
    return null;
  }

  @Override
  public void close() {
    checks.close();
  }
}
