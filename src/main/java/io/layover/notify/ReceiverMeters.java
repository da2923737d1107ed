package io.layover.notify;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.ToDoubleFunction;

/** The figures of one receiver of events. */
final class ReceiverMeters {
  private final MeterRegistry registry;
  private final String endpoint;
  private final Counter sent;
  private final Counter failed;
  private final Counter dropped;

  ReceiverMeters(MeterRegistry registry, String endpoint) {
    this.registry = registry;
    this.endpoint = endpoint;
    this.sent = counter("sent", "Events that an endpoint took.");
    this.failed = counter("failed", "Attempts to send an event that failed.");
    this.dropped = counter("dropped", "Events that were given up, as more of them waited.");
  }

  private Counter counter(String name, String description) {
    return Counter.builder("layover.notifications." + name)
        .description(description)
        .tag("endpoint", endpoint)
        .register(registry);
  }

  /** Shows how many events wait. */
  <T> void watch(T queue, ToDoubleFunction<T> waiting) {
    Gauge.builder("layover.notifications.queued", queue, waiting)
        .description("Events that wait for an endpoint.")
        .tag("endpoint", endpoint)
        .strongReference(true)
        .register(registry);
  }

  void sent() {
    sent.increment();
  }

  void failed() {
    failed.increment();
  }

  void dropped(int events) {
    dropped.increment(events);
  }
}
