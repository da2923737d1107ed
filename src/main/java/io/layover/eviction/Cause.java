package io.layover.eviction;

import java.util.Locale;

/** Why something is evicted. */
enum Cause {
  /** It was not used for long. */
  TTL,
  /** There is more than there may be, and this was used least recently. */
  SIZE;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
