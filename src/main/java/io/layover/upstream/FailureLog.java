package io.layover.upstream;

import io.layover.log.Reason;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Says once that an upstream fails, and once that it is well again, however many requests meet the
 * failure in between; every one of them can be seen at level debug.
 */
final class FailureLog {
  private static final Logger LOG = LoggerFactory.getLogger("io.layover.upstream");
  private static final long REPEAT_NANOS = 60_000_000_000L;

  private final String upstream;
  private final ConcurrentHashMap<UpstreamFailure.Kind, Long> lastSaid = new ConcurrentHashMap<>();

  FailureLog(String upstream) {
    this.upstream = upstream;
  }

  /** Notes that something could not be had. */
  void failed(String what, UpstreamFailure failure) {
    LOG.atLevel(isNews(failure.kind()) ? Level.WARN : Level.DEBUG)
        .log("upstream {}: {}: {}", upstream, what, Reason.of(failure));
  }

  /** What an upstream does not have is no news; nonsense from it always is. */
  private boolean isNews(UpstreamFailure.Kind kind) {
    return switch (kind) {
      case ABSENT -> false;
      case BROKEN -> true;
      case LIMITED, UNAVAILABLE -> {
        var now = System.nanoTime();
        var last = lastSaid.get(kind);
        if (last != null && now - last < REPEAT_NANOS) {
          yield false;
        }
        lastSaid.put(kind, now);
        yield true;
      }
    };
  }

  /** Notes that the upstream answered as it should. */
  void succeeded() {
    if (!lastSaid.isEmpty()) {
      lastSaid.clear();
      LOG.info("upstream {} answers again", upstream);
    }
  }
}
