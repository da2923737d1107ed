package io.layover.upstream;

import io.layover.registry.Outcome;
import io.layover.upstream.Budget.Limit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** The figures of one upstream. */
final class UpstreamMeters {
  private static final Duration[] LATENCIES =
      new Duration[] {
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(400),
        Duration.ofMillis(1500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(20)
      };

  private final MeterRegistry registry;
  private final String upstream;
  private final Map<Outcome.Kind, Counter> manifests;
  private final Map<Outcome.Kind, Counter> blobs;

  UpstreamMeters(MeterRegistry registry, String upstream) {
    this.registry = registry;
    this.upstream = upstream;
    this.manifests = answers("manifest");
    this.blobs = answers("blob");
    for (var reason : Refusal.values()) {
      refused(reason);
    }
    for (var limit : Limit.values()) {
      limits(limit);
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

  /** Counts a request that was sent, and the time until its answer began or it failed. */
  void sent(HttpMethod method, String outcome, long nanos) {
    Timer.builder("layover.upstream.requests")
        .description("Requests to an upstream, until its answer began.")
        .tag("upstream", upstream)
        .tag("method", method.name())
        .tag("outcome", outcome)
        .serviceLevelObjectives(LATENCIES)
        .register(registry)
        .record(Duration.ofNanos(nanos));
  }

  /** Counts a request that was not sent, and why. */
  void withheld(String reason) {
    count("layover.upstream.withheld", "Requests that an upstream was spared.", "reason", reason);
  }

  /** Counts a request that was sent once more, and why. */
  void retried(String reason) {
    count("layover.upstream.retries", "Requests that were sent once more.", "reason", reason);
  }

  private void count(String name, String description, String key, String value) {
    Counter.builder(name)
        .description(description)
        .tag("upstream", upstream)
        .tag(key, value)
        .register(registry)
        .increment();
  }

  /** Counts what was answered and could not be stored. */
  void uncached(String what) {
    count("layover.cache.uncached", "What the storage could not take.", "what", what);
  }

  void limited(Limit limit) {
    limits(limit).increment();
  }

  private Counter limits(Limit limit) {
    return Counter.builder("layover.upstream.limited")
        .description("Answers 429 of an upstream.")
        .tag("upstream", upstream)
        .tag("kind", limit.label())
        .register(registry);
  }

  /** Shows the state of what guards the upstream. */
  void watch(Breaker breaker, Budget budget, String credential) {
    Gauge.builder("layover.upstream.breaker", breaker, b -> b.state().figure())
        .description(
            "1 while an upstream is left alone after failures, 0.5 while one request tries it.")
        .tag("upstream", upstream)
        .register(registry);
    watch(
        "limit",
        "Pulls that a window of the upstream's limit has.",
        budget,
        credential,
        RateLimit::limit);
    watch("remaining", "Pulls that are left of it.", budget, credential, RateLimit::remaining);
  }

  private void watch(
      String name,
      String description,
      Budget budget,
      String credential,
      ToDoubleFunction<RateLimit> figure) {
    Gauge.builder(
            "layover.upstream.ratelimit." + name,
            budget,
            b -> {
              var known = b.known();
              return known == null ? Double.NaN : figure.applyAsDouble(known);
            })
        .description(description)
        .tag("upstream", upstream)
        .tag("credential", credential)
        .register(registry);
  }

  /** Counts how a manifest was answered. */
  void manifest(Outcome outcome) {
    Objects.requireNonNull(manifests.get(outcome.kind())).increment();
  }

  /** Counts how a blob was answered. */
  void blob(Outcome outcome) {
    Objects.requireNonNull(blobs.get(outcome.kind())).increment();
  }

  private Map<Outcome.Kind, Counter> answers(String what) {
    var counters = new EnumMap<Outcome.Kind, Counter>(Outcome.Kind.class);
    for (var kind : Outcome.Kind.values()) {
      counters.put(
          kind,
          Counter.builder("layover.cache.answers")
              .description("Pulls of what belongs to an upstream, by how they were answered.")
              .tag("upstream", upstream)
              .tag("what", what)
              .tag("outcome", kind.label())
              .register(registry));
    }
    return counters;
  }
}
