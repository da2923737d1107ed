package io.layover.upstream;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;

/**
 * Whether an upstream is well enough to be asked. After several failures in a row it is left alone
 * for a while, which grows from one time to the next; then one request is let through, and its
 * outcome decides.
 */
final class Breaker {
  private static final int FAILURES = 5;
  private static final long FIRST = Duration.ofSeconds(1).toNanos();
  private static final long LONGEST = Duration.ofSeconds(30).toNanos();

  /** The states, as figures know them. */
  enum State {
    /** It is asked. */
    CLOSED(0),
    /** One request is on its way that decides. */
    PROBING(0.5),
    /** It is left alone. */
    OPEN(1);

    private final double figure;

    State(double figure) {
      this.figure = figure;
    }

    double figure() {
      return figure;
    }
  }

  private final LongSupplier nanos;
  private final DoubleSupplier random;

  // All guarded by this.
  private State state = State.CLOSED;
  private int failures;
  private int openings;
  private long until;

  /**
   * @param random numbers from 0 to 1, so that not everybody comes back at once
   */
  Breaker(LongSupplier nanos, DoubleSupplier random) {
    this.nanos = nanos;
    this.random = random;
  }

  /** Lets a request go, or not. One that goes must come back as failed or succeeded. */
  synchronized boolean admits() {
    if (state == State.OPEN && nanos.getAsLong() - until >= 0) {
      state = State.PROBING;
      return true;
    }
    return state == State.CLOSED;
  }

  synchronized State state() {
    return state;
  }

  /** How long no request is let go. */
  synchronized Duration rest() {
    return state == State.OPEN
        ? Duration.ofNanos(Math.max(0, until - nanos.getAsLong()))
        : Duration.ZERO;
  }

  synchronized void succeeded() {
    state = State.CLOSED;
    failures = 0;
    openings = 0;
  }

  /** Takes note of a failure; true if that is the one after which it is first left alone. */
  synchronized boolean failed() {
    if (state == State.OPEN || (state == State.CLOSED && ++failures < FAILURES)) {
      return false;
    }
    var longest = Math.min(LONGEST, FIRST << Math.min(openings, 10));
    until = nanos.getAsLong() + (long) (longest * (0.5 + random.getAsDouble() / 2));
    state = State.OPEN;
    return openings++ == 0;
  }
}
