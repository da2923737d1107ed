package io.layover.upstream;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;

/** Clocks that are moved by hand, from the real time on. */
final class HandTime implements Time {
  private final Instant start = Instant.now();
  private final AtomicLong passed = new AtomicLong();

  void pass(Duration duration) {
    passed.addAndGet(duration.toNanos());
  }

  @Override
  public Instant now() {
    return start.plusNanos(passed.get());
  }

  @Override
  public long nanos() {
    return passed.get();
  }
}
