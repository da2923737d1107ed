package io.layover.upstream;

import io.layover.upstream.Budget.Limit;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * What the log says of an upstream's failures. When it fails, it fails for everyone: the first
 * failure of a kind is a warning, more of them within a minute are not, and the end of it is one
 * line.
 */
final class FailureLog {
  private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
  private static final long QUIET = Duration.ofMinutes(1).toNanos();

  private final String upstream;
  private final LongSupplier nanos;

  /** When each kind was last warned of; guarded by this. */
  private final Map<Kind, Long> warned = new EnumMap<>(Kind.class);

  /** When it was last said that the upstream is left alone; guarded by this. */
  private @Nullable Long leftAlone;

  /** The kinds that last and were warned of; guarded by this. */
  private final Set<Kind> lasting = EnumSet.noneOf(Kind.class);

  private volatile boolean any;

  FailureLog(String upstream, LongSupplier nanos) {
    this.upstream = upstream;
    this.nanos = nanos;
  }

  /** Writes down that {@code what} could not be had. */
  void failed(UpstreamFailure failure, String what) {
    LOG.atLevel(failure.isOffline() ? Level.DEBUG : levelOf(failure.kind()))
        .log("upstream {}, {}: {}", upstream, what, failure.getMessage());
  }

  private Level levelOf(Kind kind) {
    if (kind == Kind.ABSENT) {
      return Level.DEBUG;
    }
    synchronized (this) {
      var now = nanos.getAsLong();
      if (isQuiet(warned.get(kind), now)) {
        return Level.DEBUG;
      }
      warned.put(kind, now);
      if (kind != Kind.BROKEN) {
        lasting.add(kind);
        any = true;
      }
      return Level.WARN;
    }
  }

  /** Writes down that it has failed so often that it is not asked for a while. */
  void leftAlone() {
    synchronized (this) {
      var now = nanos.getAsLong();
      if (isQuiet(leftAlone, now)) {
        return;
      }
      leftAlone = now;
    }
    LOG.warn(
        "upstream {} has failed several times in a row; it is left alone for some seconds at a"
            + " time, and what is cached is served",
        upstream);
  }

  private static boolean isQuiet(@Nullable Long last, long now) {
    return last != null && now - last < QUIET;
  }

  /** Writes down a 429, and how long it holds. */
  void limited(Limit limit, Duration rest) {
    var what =
        switch (limit) {
          case PULL -> "limits how much is pulled; manifests are not asked for";
          case ABUSE -> "finds that these are too many requests; it is not called";
          case LOGIN -> "limits how many tokens it gives out; it is not called";
        };
    LOG.atLevel(levelOf(Kind.LIMITED))
        .log(
            "upstream {} (429) {} for {} s, and what is cached is served",
            upstream,
            what,
            Math.max(1, rest.toSeconds()));
  }

  /** Writes down that little is left of what may be pulled. */
  void low(RateLimit limit, Budget.Level level) {
    LOG.warn(
        "upstream {} lets us pull {} more of {}; {}",
        upstream,
        limit.remaining(),
        limit.limit(),
        level == Budget.Level.RESERVE
            ? "they are kept for what is not cached in any form"
            : "tags are asked for less often");
  }

  /** Takes note of an answer, which may mean that a trouble is over. */
  void answered(HttpMethod method, int status) {
    if (!any || status == 429 || status >= 500) {
      return;
    }
    var ended = EnumSet.of(Kind.UNAVAILABLE, Kind.REFUSED);
    // A HEAD is not counted, so it says nothing about a limit.
    if (method.equals(HttpMethod.GET) && status == 200) {
      ended.add(Kind.LIMITED);
    }
    boolean over;
    synchronized (this) {
      over = lasting.removeAll(ended);
      any = !lasting.isEmpty();
    }
    if (over) {
      LOG.info("upstream {} answers again", upstream);
    }
  }
}
