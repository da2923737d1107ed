package io.layover.health;

import io.vertx.core.Future;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether requests should be sent here now: the storage can be reached, no check fails, and the
 * server does not stop. Upstreams do not count, as a cache is there for the time without them.
 */
public final class Readiness {
  private static final Logger LOG = LoggerFactory.getLogger(Readiness.class);
  private static final long FRESH_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long PATIENCE_SECONDS = 5;

  private final Health health;
  private final Supplier<Future<Void>> storage;
  private volatile boolean stops;
  private @Nullable Future<Boolean> look;
  private long lookedAt;

  /**
   * @param storage fails, or does not end, if the storage cannot be used
   */
  public Readiness(Health health, Supplier<Future<Void>> storage) {
    this.health = health;
    this.storage = storage;
  }

  /** From now on nothing new should come. */
  public void stops() {
    stops = true;
  }

  /** What stands against it; nothing if the server is ready. */
  public Future<Map<String, String>> obstacles() {
    return storageAnswers()
        .map(
            answers -> {
              var all = new TreeMap<>(health.failures());
              if (!answers) {
                all.put("storage", "it cannot be reached; the log says why");
              }
              if (stops) {
                all.put("server", "it is stopping");
              }
              return all;
            });
  }

  /** Looks at most every {@link #FRESH_NANOS}, however many ask. */
  private synchronized Future<Boolean> storageAnswers() {
    var now = System.nanoTime();
    if (look == null || (look.isComplete() && now - lookedAt > FRESH_NANOS)) {
      lookedAt = now;
      look =
          Future.succeededFuture()
              .compose(v -> storage.get())
              .timeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
              .map(true)
              .onFailure(e -> LOG.warn("the storage cannot be reached: {}", e.getMessage()))
              .otherwise(false);
    }
    return look;
  }
}
