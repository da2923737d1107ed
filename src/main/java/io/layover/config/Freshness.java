package io.layover.config;

import java.time.Duration;

/**
 * How long what is known of an upstream's tags may be answered; an upstream may have keys of its
 * own, else those of {@code proxy} count.
 *
 * @param tagttl how long a tag is answered without asking again
 * @param stalettl how long a tag may be answered while asking fails, since it was last confirmed
 * @param answerwithin how long a client waits for the upstream before it gets a cached tag
 * @param negativettl how long it is remembered that something is not there
 * @param reserve the part of a limit on pulls, in percent, that is not spent on keeping tags fresh
 */
public record Freshness(
    Duration tagttl, Duration stalettl, Duration answerwithin, Duration negativettl, int reserve) {
  static final Freshness DEFAULT =
      new Freshness(
          Duration.ZERO, Duration.ofDays(30), Duration.ofSeconds(2), Duration.ofSeconds(10), 5);

  static Freshness read(Section s, Freshness otherwise) {
    var reserve = s.integer("reserve", 0, otherwise.reserve);
    if (reserve > 100) {
      s.problem("reserve", "is in percent, so at most 100");
    }
    return new Freshness(
        s.duration("tagttl", otherwise.tagttl),
        s.duration("stalettl", otherwise.stalettl),
        s.duration("answerwithin", otherwise.answerwithin),
        s.duration("negativettl", otherwise.negativettl),
        reserve);
  }
}
