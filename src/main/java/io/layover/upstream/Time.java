package io.layover.upstream;

import java.time.Instant;

/** What the clocks say: the one on the wall, and the one that never goes back. */
interface Time {
  Time SYSTEM =
      new Time() {
        @Override
        public Instant now() {
          return Instant.now();
        }

        @Override
        public long nanos() {
          return System.nanoTime();
        }
      };

  Instant now();

  /** Nanoseconds from a start that means nothing. */
  long nanos();
}
