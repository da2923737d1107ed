package io.layover.storage;

import io.layover.trace.Spans;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.function.Function;

/** The threads that wait for disks, so that no event loop does. */
public final class Disk implements AutoCloseable {
  private static final int DEFAULT_THREADS = 32;

  private final WorkerExecutor threads;
  private final DiskMeters meters;

  public Disk(Vertx vertx) {
    this(vertx, DEFAULT_THREADS);
  }

  public Disk(Vertx vertx, MeterRegistry meters) {
    this(vertx, DEFAULT_THREADS, meters);
  }

  public Disk(Vertx vertx, int threads) {
    this(vertx, threads, new SimpleMeterRegistry());
  }

  /** At most {@code threads} blocking operations run at a time; others wait in line. */
  public Disk(Vertx vertx, int threads, MeterRegistry meters) {
    this.meters = new DiskMeters(meters);
    this.threads = vertx.createSharedWorkerExecutor("disk", threads);
  }

  /**
   * Runs a blocking job; the future completes on the caller's context, and calls back in the order
   * in which it was asked to.
   */
  public <T> Future<T> run(Callable<T> job) {
    // The future of a worker completes on its thread. A callback that is set just then runs at
    // once, ahead of those set before, which are on their way to the context.
    return Spans.ifSlow("disk", () -> threads.executeBlocking(meters.timed(job), false))
        .map(Function.identity());
  }

  @Override
  public void close() {
    threads.close();
  }
}
