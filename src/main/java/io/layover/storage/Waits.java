package io.layover.storage;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;

/**
 * How often, and how long in all, those who had bytes waited for those who take them:
 * back-pressure. What the kernel sends from a file by itself waits there, and is not seen here.
 */
public final class Waits {
  /** Clients and upstreams that were held up because the disk was slower. */
  static final Waits IN = new Waits();

  /** Reads that were held up because a client was slower. */
  static final Waits OUT = new Waits();

  private final LongAdder count = new LongAdder();
  private final LongAdder nanos = new LongAdder();

  private Waits() {}

  /** Shows the figures of this process. */
  public static void watch(MeterRegistry meters) {
    IN.watch(meters, "in");
    OUT.watch(meters, "out");
  }

  private void watch(MeterRegistry meters, String direction) {
    FunctionCounter.builder("layover.backpressure.pauses", count, LongAdder::sum)
        .description("How often whoever had bytes waited for whoever takes them.")
        .tag("direction", direction)
        .register(meters);
    FunctionCounter.builder("layover.backpressure", nanos, sum -> sum.sum() / 1e9)
        .description("How long they waited in all.")
        .baseUnit("seconds")
        .tag("direction", direction)
        .register(meters);
  }

  /** Counts a wait that began at this {@link System#nanoTime}. */
  void since(long began) {
    count.increment();
    nanos.add(System.nanoTime() - began);
  }
}
