package io.layover.storage.s3;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** How many requests go to S3, how they end and how long they take. */
final class S3Meters {
  /** What is asked of S3. */
  enum Operation {
    HEAD,
    GET,
    PUT,
    LIST,
    DELETE,
    COPY,
    MULTIPART,
    PART;

    /** Its name in a trace. */
    final String step = "S3 " + name().toLowerCase(Locale.ROOT);
  }

  /** How it ended. */
  enum Outcome {
    OK,
    /** There is no such object. */
    ABSENT,
    /** A condition did not hold. */
    REFUSED,
    FAILED
  }

  private static final Duration[] LATENCIES =
      new Duration[] {
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(250),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30)
      };

  private final MeterRegistry meters;
  private final Counter resumed;

  S3Meters(MeterRegistry meters) {
    this.meters = meters;
    this.resumed =
        Counter.builder("layover.storage.resumed")
            .description("Bodies that S3 broke off and that were asked for again.")
            .register(meters);
  }

  void count(Operation operation, Outcome outcome, long nanos) {
    Timer.builder("layover.storage.operations")
        .description("Requests to S3, until they are answered.")
        .tag("operation", operation.name().toLowerCase(Locale.ROOT))
        .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
        .serviceLevelObjectives(LATENCIES)
        .register(meters)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A body that S3 broke off, and that was asked for again from where it had got to. */
  void resumed() {
    resumed.increment();
  }
}
