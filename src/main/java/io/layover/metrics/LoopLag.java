package io.layover.metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How late the event loops come to what is due: what every request waits at least. Each of them is
 * asked twice a second.
 */
public final class LoopLag extends VerticleBase {
  private static final long PERIOD_MILLIS = 500;

  private final Timer lag;
  private long due;

  private LoopLag(Timer lag) {
    this.lag = lag;
  }

  /** Begins to look at so many event loops. */
  public static Future<?> watch(Vertx vertx, int loops, MeterRegistry meters) {
    var lag =
        Timer.builder("layover.eventloop.lag")
            .description("How late event loops come to what is due.")
            .serviceLevelObjectives(
                Duration.ofMillis(2),
                Duration.ofMillis(10),
                Duration.ofMillis(50),
                Duration.ofMillis(200),
                Duration.ofSeconds(1))
            .register(meters);
    return vertx.deployVerticle(
        () -> new LoopLag(lag), new DeploymentOptions().setInstances(loops));
  }

  @Override
  public Future<?> start() {
    next();
    return Future.succeededFuture();
  }

  private void next() {
    due = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PERIOD_MILLIS);
    vertx.setTimer(
        PERIOD_MILLIS,
        t -> {
          lag.record(Math.max(0, System.nanoTime() - due), TimeUnit.NANOSECONDS);
          next();
        });
  }
}
