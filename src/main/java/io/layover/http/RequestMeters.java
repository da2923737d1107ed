package io.layover.http;

import io.layover.registry.Outcome;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The figures of what clients ask for and of the bytes that go to and fro. They are taken once per
 * request, at its end: nothing is counted while bytes flow.
 */
public final class RequestMeters {
  private static final Duration[] LATENCIES =
      new Duration[] {
        Duration.ofMillis(5),
        Duration.ofMillis(25),
        Duration.ofMillis(100),
        Duration.ofMillis(400),
        Duration.ofMillis(1500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(20),
        Duration.ofSeconds(60),
        Duration.ofSeconds(300)
      };

  private static final double[] RATES = {256e3, 1e6, 4e6, 16e6, 64e6, 256e6, 1e9, 4e9};

  /** Smaller bodies are over before they have a speed. */
  private static final long LEAST_RATED = 1 << 20;

  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");

  /** Which way the bytes of a blob go. */
  enum Direction {
    OUT,
    IN
  }

  /** Where the bytes of an answer come from. */
  enum Source {
    HOSTED,
    CACHE,
    /** A download that was already running for someone else. */
    INFLIGHT,
    UPSTREAM,
    /** Layover itself: lists, errors. */
    OWN;

    static Source of(@Nullable Outcome outcome) {
      return outcome == null
          ? OWN
          : switch (outcome.kind()) {
            case HOSTED -> HOSTED;
            case HIT, STALE -> CACHE;
            case COLLAPSED -> INFLIGHT;
            case MISS, PASS -> UPSTREAM;
            case NEGATIVE, FAILED -> OWN;
          };
    }
  }

  private record Answer(String route, String method, int status) {}

  private final MeterRegistry registry;
  private final Map<Answer, Timer> answers = new ConcurrentHashMap<>();
  private final Map<String, Counter> broken = new ConcurrentHashMap<>();
  private final Map<String, Counter> received = new ConcurrentHashMap<>();
  private final Map<Source, Counter> sent = new EnumMap<>(Source.class);
  private final Map<Source, Timer> firstBytes = new EnumMap<>(Source.class);
  private final Map<Direction, AtomicInteger> running = new EnumMap<>(Direction.class);
  private final Map<Direction, DistributionSummary> rates = new EnumMap<>(Direction.class);

  public RequestMeters(MeterRegistry registry) {
    this.registry = registry;
    for (var source : Source.values()) {
      sent.put(
          source,
          Counter.builder("layover.sent")
              .description("Bytes of bodies that clients were sent, by where they came from.")
              .baseUnit("bytes")
              .tag("source", label(source))
              .register(registry));
      if (source != Source.OWN) {
        firstBytes.put(
            source,
            Timer.builder("layover.first.byte")
                .description("From a request for a blob or manifest until its answer begins.")
                .tag("source", label(source))
                .serviceLevelObjectives(LATENCIES)
                .register(registry));
      }
    }
    for (var direction : Direction.values()) {
      var now = new AtomicInteger();
      running.put(direction, now);
      Gauge.builder("layover.transfers", now, AtomicInteger::get)
          .description("Blobs that are on their way to or from clients now.")
          .tag("direction", label(direction))
          .register(registry);
      rates.put(
          direction,
          DistributionSummary.builder("layover.transfer.rate")
              .description("Speed of single blobs, of those of 1 MiB and more.")
              .baseUnit("bytes_per_second")
              .tag("direction", label(direction))
              .serviceLevelObjectives(RATES)
              .register(registry));
    }
  }

  private static String label(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /** Counts a request whose answer is out, or whose client has left. */
  void answered(String route, String method, int status, long nanos) {
    var known = METHODS.contains(method) ? method : "other";
    answers
        .computeIfAbsent(new Answer(route, known, status), this::timer)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(Answer answer) {
    return Timer.builder("layover.requests")
        .description("Requests of clients, until all of the answer is out.")
        .tag("route", answer.route)
        .tag("method", answer.method)
        .tag("status", Integer.toString(answer.status))
        .serviceLevelObjectives(LATENCIES)
        .register(registry);
  }

  /** Counts an answer that its client did not get all of. */
  void broke(String route) {
    broken
        .computeIfAbsent(
            route,
            key ->
                Counter.builder("layover.requests.broken")
                    .description("Answers that clients did not get all of.")
                    .tag("route", key)
                    .register(registry))
        .increment();
  }

  void sent(Source source, long bytes) {
    Objects.requireNonNull(sent.get(source)).increment((double) bytes);
  }

  void received(String route, long bytes) {
    received
        .computeIfAbsent(
            route,
            key ->
                Counter.builder("layover.received")
                    .description("Bytes of bodies that clients sent.")
                    .baseUnit("bytes")
                    .tag("route", key)
                    .register(registry))
        .increment((double) bytes);
  }

  void began(Source source, long nanos) {
    var timer = firstBytes.get(source);
    if (timer != null) {
      timer.record(nanos, TimeUnit.NANOSECONDS);
    }
  }

  void transferBegins(Direction direction) {
    Objects.requireNonNull(running.get(direction)).incrementAndGet();
  }

  void transferEnds(Direction direction, long bytes, long nanos) {
    Objects.requireNonNull(running.get(direction)).decrementAndGet();
    if (bytes >= LEAST_RATED && nanos > 0) {
      Objects.requireNonNull(rates.get(direction)).record(bytes * 1e9 / nanos);
    }
  }
}
