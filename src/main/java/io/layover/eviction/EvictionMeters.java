package io.layover.eviction;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** The figures of what is stored, and of what goes. */
final class EvictionMeters {
  private final Map<Cause, Counter> evictions = new EnumMap<>(Cause.class);
  private final Map<Cause, Counter> bytes = new EnumMap<>(Cause.class);

  EvictionMeters(MeterRegistry meters, Ledger ledger, Census census, Recorder recorder) {
    stored(meters, "hosted", ledger, l -> l.bytes(Share.HOSTED));
    stored(meters, "cached", ledger, l -> l.bytes(Share.CACHED) + l.bytes(Share.PASSING));
    stored(meters, "unlinked", ledger, l -> l.bytes(Share.UNLINKED));
    Gauge.builder("layover.cache.entries", ledger, read(l -> l.links.count()))
        .description("Links in the eviction books, of pushed repositories too")
        .register(meters);
    if (ledger.limits.maxSize() != Limits.NO_SIZE) {
      Gauge.builder("layover.cache.limit", ledger, l -> l.limits.maxSize())
          .baseUnit("bytes")
          .description("The most bytes that are kept of what is cached")
          .register(meters);
    }
    Gauge.builder("layover.cache.books", ledger, read(Ledger::memory))
        .baseUnit("bytes")
        .description("Memory that the eviction books take")
        .register(meters);
    Gauge.builder("layover.cache.books.complete", census, c -> c.isComplete() ? 1 : 0)
        .description("1 once the books are compared with the storage; nothing is evicted before")
        .register(meters);
    Gauge.builder("layover.cache.journal", recorder, Recorder::size)
        .baseUnit("bytes")
        .description("The file that keeps the eviction books")
        .register(meters);
    FunctionCounter.builder("layover.cache.journal.compactions", recorder, Recorder::compactions)
        .description("How often that file was written anew")
        .register(meters);
    for (var cause : Cause.values()) {
      evictions.put(
          cause,
          Counter.builder("layover.cache.evictions")
              .tag("reason", cause.label())
              .description("Links that were removed, with their blob if they were its last")
              .register(meters));
      bytes.put(
          cause,
          Counter.builder("layover.cache.evicted")
              .tag("reason", cause.label())
              .baseUnit("bytes")
              .description("Bytes of blobs that were removed")
              .register(meters));
    }
  }

  private static void stored(
      MeterRegistry meters, String kind, Ledger ledger, ToDoubleFunction<Ledger> figure) {
    Gauge.builder("layover.stored", ledger, read(figure))
        .tag("kind", kind)
        .baseUnit("bytes")
        .description("Bytes of the blobs in the storage")
        .register(meters);
  }

  private static ToDoubleFunction<Ledger> read(ToDoubleFunction<Ledger> figure) {
    return ledger -> {
      synchronized (ledger) {
        return figure.applyAsDouble(ledger);
      }
    };
  }

  void evicted(Victim victim) {
    count(evictions, victim.cause(), 1);
    count(bytes, victim.cause(), victim.size());
  }

  private static void count(Map<Cause, Counter> counters, Cause cause, long amount) {
    var counter = counters.get(cause);
    if (counter != null) {
      counter.increment((double) amount);
    }
  }
}
