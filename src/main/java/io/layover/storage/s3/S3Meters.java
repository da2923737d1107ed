package io.layover.storage.s3;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
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
    PART
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

  private final MeterRegistry meters;

  S3Meters(MeterRegistry meters) {
    this.meters = meters;
  }

  void count(Operation operation, Outcome outcome, long nanos) {
    Timer.builder("layover.storage.operations")
        .description("requests to S3, the time until they are answered")
        .tag("operation", operation.name().toLowerCase(Locale.ROOT))
        .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
        .register(meters)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** A body that S3 broke off, and that was asked for again from where it had got to. */
  void resumed() {
    meters.counter("layover.storage.resumed").increment();
  }
}
