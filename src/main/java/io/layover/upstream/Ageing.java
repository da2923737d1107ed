package io.layover.upstream;

import java.time.Duration;
import java.time.Instant;

/** What the age of a cached tag means for it. */
final class Ageing {
  private final Freshness freshness;
  private final Budget budget;
  private final Time time;

  Ageing(Freshness freshness, Budget budget, Time time) {
    this.freshness = freshness;
    this.budget = budget;
    this.time = time;
  }

  /** A date in the future, which a clock that was set back leaves, is taken for now. */
  Duration age(KnownTag tag) {
    var age = Duration.between(tag.confirmed(), time.now());
    return age.isNegative() ? Duration.ZERO : age;
  }

  /** True if it is answered without asking. */
  boolean isFresh(KnownTag tag) {
    return age(tag).compareTo(freshness.tagTtl()) < 0;
  }

  /** True if it is answered without asking, for the sake of the upstream's limit at the latest. */
  boolean isFreshEnough(KnownTag tag) {
    return age(tag).compareTo(budget.stretched(freshness.tagTtl())) < 0;
  }

  /** True if it is answered while asking fails. */
  boolean mayBeStale(KnownTag tag) {
    return age(tag).compareTo(freshness.staleTtl()) < 0;
  }

  Instant freshUntil(KnownTag tag) {
    return tag.confirmed().plus(budget.stretched(freshness.tagTtl()));
  }

  Instant staleUntil(KnownTag tag) {
    return tag.confirmed().plus(freshness.staleTtl());
  }
}
