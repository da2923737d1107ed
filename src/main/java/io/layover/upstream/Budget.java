package io.layover.upstream;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream lets these credentials pull, as its answers tell, and how long it wants to be
 * left alone. As less is left, tags are asked for less often; the last part is kept for what is not
 * cached in any form.
 */
final class Budget {
  private static final double LOW = 0.25;
  private static final Duration STRETCHED = Duration.ofHours(1);

  /** What a 429 says is limited. */
  enum Limit {
    /** How much is pulled; what is not counted can still be had. */
    PULL,
    /** Requests of any kind, because they were too many. */
    ABUSE,
    /** Tokens. */
    LOGIN;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How much is left. */
  enum Level {
    PLENTY,
    /** Tags are asked for less often. */
    LOW,
    /** Nothing is spent any more on what is cached in an older version. */
    RESERVE
  }

  private final int reserve;
  private final Time time;
  private final Map<Ask, Hold> holds = new EnumMap<>(Ask.class);
  private volatile @Nullable Seen seen;

  private record Seen(RateLimit limit, long at) {}

  /**
   * @param reserve the part of the limit, in percent, that is not spent on keeping tags up to date
   */
  Budget(int reserve, Time time) {
    this.reserve = reserve;
    this.time = time;
    for (var ask : Ask.values()) {
      holds.put(ask, new Hold(time::nanos));
    }
  }

  /** Takes note of what an answer says is left. */
  void saw(RateLimit limit) {
    seen = new Seen(limit, time.nanos());
  }

  /** What is left, or null if that is not known, or only from long ago. */
  @Nullable RateLimit known() {
    var last = seen;
    return last != null && time.nanos() - last.at < last.limit.window().toNanos()
        ? last.limit
        : null;
  }

  /** Takes note of a 429, and says how long it holds. */
  Duration limited(Ask ask, Limit limit, @Nullable String retryAfter) {
    var asked = RateLimit.retryAfter(retryAfter, time.now());
    var lasts = hold(ask).begin(asked);
    for (var other : Ask.values()) {
      // If not even the head of a manifest can be had, a manifest cannot.
      if (other != ask && (limit != Limit.PULL || (ask == Ask.CHECK && other == Ask.PULL))) {
        hold(other).begin(asked);
      }
    }
    return lasts;
  }

  /** Takes note of an answer that is no 429. */
  void admitted(Ask ask) {
    hold(ask).over();
  }

  /** How long nothing of this kind is asked for. */
  Duration rest(Ask ask) {
    return hold(ask).rest();
  }

  private Hold hold(Ask ask) {
    return Objects.requireNonNull(holds.get(ask));
  }

  Level level() {
    var left = known();
    if (left == null || left.left() >= LOW) {
      return Level.PLENTY;
    }
    return left.remaining() > reserved(left) ? Level.LOW : Level.RESERVE;
  }

  /** How many pulls are kept for what is not cached. */
  int reserved(RateLimit limit) {
    return (int) Math.ceil(limit.limit() * (reserve / 100.0));
  }

  /** How long a tag is answered without asking, at this state of affairs. */
  Duration stretched(Duration tagTtl) {
    var left = known();
    return left == null || left.left() >= LOW
        ? tagTtl
        : tagTtl.plusMillis((long) (STRETCHED.toMillis() * (1 - left.left() / LOW)));
  }
}
