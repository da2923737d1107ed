package io.layover.config;

import java.time.Duration;

/**
 * How long what is known of an upstream's tags may be answered; an upstream may have keys of its
 * own, else those of {@code proxy} count.
 *
 * @param tagttl how long a tag is answered without asking again
 * @param stalettl how long a tag may be answered while asking fails
 */
public record Freshness(Duration tagttl, Duration stalettl) {
  static final Freshness DEFAULT = new Freshness(Duration.ZERO, Duration.ofDays(30));

  static Freshness read(Section s, Freshness otherwise) {
    return new Freshness(
        s.duration("tagttl", otherwise.tagttl), s.duration("stalettl", otherwise.stalettl));
  }
}
