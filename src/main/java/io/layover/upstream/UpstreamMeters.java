package io.layover.upstream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** The figures of one upstream. */
final class UpstreamMeters {
  private final MeterRegistry registry;
  private final String upstream;

  UpstreamMeters(MeterRegistry registry, String upstream) {
    this.registry = registry;
    this.upstream = upstream;
    for (var reason : Refusal.values()) {
      refused(reason);
    }
  }

  /** Counts a failure that may be an attack. */
  void failed(Throwable failure) {
    var reason = failure instanceof UpstreamFailure known ? known.refusal() : null;
    if (reason != null) {
      refused(reason).increment();
    }
  }

  private Counter refused(Refusal reason) {
    return Counter.builder("layover.upstream.refused")
        .description("Answers of an upstream that were not taken.")
        .tag("upstream", upstream)
        .tag("reason", reason.label())
        .register(registry);
  }
}
