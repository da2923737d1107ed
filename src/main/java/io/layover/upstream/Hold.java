package io.layover.upstream;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** A time during which something is not asked for, because an upstream said so. */
final class Hold {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST_UNSAID = Duration.ofMinutes(1);

  /** Whatever an upstream says: it is asked again at least this often. */
  private static final Duration LONGEST = Duration.ofHours(1);

  private final LongSupplier nanos;

  // Both guarded by this.
  private long until;
  private int repeats;

  Hold(LongSupplier nanos) {
    this.nanos = nanos;
    this.until = nanos.getAsLong();
  }

  /**
   * Begins it, and says how long it lasts. Where the upstream does not, it is short, and longer
   * each time that it was not long enough.
   */
  synchronized Duration begin(@Nullable Duration asked) {
    var now = nanos.getAsLong();
    if (asked == null && until - now > 0) {
      return Duration.ofNanos(until - now);
    }
    var length = asked == null ? unsaid() : within(asked, LONGEST);
    until = now + length.toNanos();
    return length;
  }

  private Duration unsaid() {
    return within(SHORTEST.multipliedBy(1L << Math.min(repeats++, 10)), LONGEST_UNSAID);
  }

  private static Duration within(Duration asked, Duration longest) {
    var least = asked.compareTo(SHORTEST) < 0 ? SHORTEST : asked;
    return least.compareTo(longest) > 0 ? longest : least;
  }

  /** Takes note that the upstream answers again. */
  synchronized void over() {
    if (until - nanos.getAsLong() <= 0) {
      repeats = 0;
    }
  }

  /** How much of it is left. */
  synchronized Duration rest() {
    return Duration.ofNanos(Math.max(0, until - nanos.getAsLong()));
  }
}
