package io.layover.upstream;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/** The figures of one upstream's blobs. */
final class FillMeters {
  /** How a download ends. */
  enum End {
    /** The blob is in the store. */
    STORED,
    /** The upstream did not give all of it; what it gave is kept. */
    FAILED,
    /** Nobody wanted it any more; what came is kept. */
    LEFT,
    /** What came is not the blob, or more than may come. */
    REFUSED,
    /** The storage could not take it; whoever wanted it got it past the storage. */
    UNCACHED
  }

  /** Why a reader asks the upstream for itself. */
  enum Way {
    /** For what a running download will not reach soon. */
    AHEAD,
    /** For what the storage could not take. */
    UNCACHED
  }

  private final MeterRegistry registry;
  private final String upstream;
  private final Map<End, Counter> ends = new EnumMap<>(End.class);
  private final Map<Way, Counter> passed = new EnumMap<>(Way.class);
  private final Counter joined;
  private final Counter retried;
  private final Counter resumed;
  private final Counter received;
  private final Counter avoidedRequests;
  private final Counter avoidedBytes;

  FillMeters(MeterRegistry registry, String upstream) {
    this.registry = registry;
    this.upstream = upstream;
    for (var end : End.values()) {
      ends.put(end, counter("fills", "Downloads of blobs by how they ended.", "", "outcome", end));
    }
    for (var way : Way.values()) {
      var what = "Bytes that went from the upstream past the store to one reader.";
      passed.put(way, counter("fills.passed", what, "bytes", "way", way));
    }
    this.joined = counter("fills.joined", "Requests that joined a running download.", "");
    this.retried = counter("fills.retries", "Requests made again for a blob's rest.", "");
    this.resumed = counter("fills.resumes", "Downloads that went on where they broke off.", "");
    this.received = counter("fills.received", "Bytes of blobs that upstreams sent.", "bytes");
    var avoided = "Requests for blobs that needed none of their own at the upstream.";
    this.avoidedRequests = counter("upstream.avoided.requests", avoided, "", "kind", "blob");
    var spared = "Bytes sent to clients that the upstream did not have to send.";
    this.avoidedBytes = counter("upstream.avoided", spared, "bytes", "kind", "blob");
  }

  private Counter counter(String name, String what, String unit, Object... tag) {
    var counter =
        Counter.builder("layover." + name)
            .description(what)
            .baseUnit(unit.isEmpty() ? null : unit)
            .tag("upstream", upstream);
    if (tag.length > 0) {
      counter.tag(tag[0].toString(), tag[1].toString().toLowerCase(Locale.ROOT));
    }
    return counter.register(registry);
  }

  void ended(End how) {
    count(ends, how, 1);
  }

  void joined() {
    joined.increment();
  }

  void retried() {
    retried.increment();
  }

  void resumed() {
    resumed.increment();
  }

  void received(long bytes) {
    received.increment((double) bytes);
  }

  void passed(Way way, long bytes) {
    count(passed, way, bytes);
  }

  /** A client was given a blob, or a part of it, that is here or on its way anyway. */
  void avoided(long bytes) {
    avoidedRequests.increment();
    avoidedBytes.increment((double) bytes);
  }

  private static <K extends Enum<K>> void count(Map<K, Counter> counters, K key, long by) {
    var counter = counters.get(key);
    if (counter != null) {
      counter.increment((double) by);
    }
  }
}
