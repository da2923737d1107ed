package io.layover.storage;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** How long the jobs of disk threads wait for a thread, and how long they then take. */
final class DiskMeters {
  private static final Duration[] LATENCIES =
      new Duration[] {
        Duration.ofMillis(1),
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(2),
        Duration.ofSeconds(10)
      };

  private final Timer waits;
  private final Timer runs;

  DiskMeters(MeterRegistry meters) {
    waits = timer(meters, "layover.disk.wait", "From asking for the disk until a thread is free.");
    runs = timer(meters, "layover.disk.run", "Reads, writes and other operations on the disk.");
  }

  private static Timer timer(MeterRegistry meters, String name, String description) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(LATENCIES)
        .register(meters);
  }

  /** The same job, which is timed when it runs. */
  <T> Callable<T> timed(Callable<T> job) {
    var asked = System.nanoTime();
    return () -> {
      var begun = System.nanoTime();
      waits.record(begun - asked, TimeUnit.NANOSECONDS);
      try {
        return job.call();
      } finally {
        runs.record(System.nanoTime() - begun, TimeUnit.NANOSECONDS);
      }
    };
  }
}
