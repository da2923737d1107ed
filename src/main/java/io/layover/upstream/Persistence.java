package io.layover.upstream;

import io.layover.upstream.UpstreamFailure.Kind;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How a download that broke off is gone on with.
 *
 * @param attempts how often in a row it is tried without a new byte
 * @param first the wait before the second of these, doubled for each one more
 * @param most the longest wait
 */
public record Persistence(int attempts, Duration first, Duration most) {
  public static final Persistence DEFAULT =
      new Persistence(8, Duration.ofMillis(250), Duration.ofSeconds(10));

  /** What breaks off is left at that. */
  static final Persistence NONE = new Persistence(0, Duration.ZERO, Duration.ZERO);

  /** An upstream that wants to be left alone for longer than this is not waited for. */
  private static final Duration LONGEST_REQUEST = Duration.ofMinutes(1);

  /** True if it may go better the next time. */
  static boolean isWorthTrying(UpstreamFailure failure) {
    return failure.kind() != Kind.BROKEN
        && failure.kind() != Kind.REFUSED
        && wish(failure).compareTo(LONGEST_REQUEST) <= 0;
  }

  /**
   * How long to wait before the next attempt; none for one that follows progress. A random part
   * keeps many downloads from coming back at the same moment.
   *
   * @param failures how many attempts in a row got no byte
   */
  Duration pause(int failures, UpstreamFailure last) {
    var wish = wish(last);
    if (failures == 0) {
      return wish;
    }
    var doubled = first.toMillis() << Math.min(failures - 1, 20);
    var full = Math.min(doubled, most.toMillis());
    var some = full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
    return wish.toMillis() > some ? wish : Duration.ofMillis(some);
  }

  private static Duration wish(UpstreamFailure failure) {
    var seconds = seconds(failure.retryAfter());
    return Duration.ofSeconds(seconds);
  }

  /** A date says no more than that it will take a while. */
  private static long seconds(@Nullable String retryAfter) {
    if (retryAfter == null) {
      return 0;
    }
    return retryAfter.chars().allMatch(Character::isDigit)
        ? Long.parseLong(retryAfter)
        : LONGEST_REQUEST.toSeconds() + 1;
  }
}
