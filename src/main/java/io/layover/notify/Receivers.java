package io.layover.notify;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** All who are told of events. */
public final class Receivers {
  /** Nobody. */
  public static final Receivers NONE = new Receivers(List.of(), new Envelope(""), false);

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final List<Receiver> all;
  private final Envelope envelope;
  private final boolean withReferences;

  private Receivers(List<Receiver> all, Envelope envelope, boolean withReferences) {
    this.all = all;
    this.envelope = envelope;
    this.withReferences = withReferences;
  }

  /**
   * How one of them is told.
   *
   * @param timeout for each attempt
   * @param threshold after how many failures in a row it is left alone
   * @param backoff for how long
   */
  public record Rules(
      String name,
      URI url,
      Map<String, List<String>> headers,
      Duration timeout,
      int threshold,
      Duration backoff,
      Set<String> ignoredMediaTypes,
      Set<String> ignoredActions) {}

  /**
   * What holds for each queue.
   *
   * @param events the most that wait
   * @param bytes the most memory that they take
   */
  public record Limits(int events, long bytes) {}

  /**
   * Those that these rules are for.
   *
   * @param address host and port of this server, for people to know it by
   * @param withReferences whether events of manifests tell what those refer to
   */
  public static Receivers of(
      Vertx vertx,
      List<Rules> rules,
      Limits limits,
      String address,
      boolean withReferences,
      MeterRegistry registry) {
    if (rules.isEmpty()) {
      return NONE;
    }
    var all =
        rules.stream()
            .map(
                one ->
                    new Receiver(
                        vertx,
                        vertx.createHttpClient(),
                        one,
                        new Waiting(limits.events(), limits.bytes()),
                        new ReceiverMeters(registry, one.name())))
            .toList();
    return new Receivers(all, new Envelope(address), withReferences);
  }

  /** False if nobody is told of anything. */
  public boolean isAnyone() {
    return !all.isEmpty();
  }

  /** Whether events of manifests tell what those refer to. */
  public boolean withReferences() {
    return withReferences;
  }

  /** Tells all who want to know; returns at once. */
  public void tell(Event event) {
    var listeners = all.stream().filter(receiver -> receiver.wants(event)).toList();
    if (!listeners.isEmpty()) {
      var document = envelope.around(event, Instant.now());
      listeners.forEach(receiver -> receiver.tell(document));
    }
  }

  /** Waits a moment for what is on its way. */
  public Future<Void> close() {
    return Future.join(all.stream().map(receiver -> receiver.close(PATIENCE)).toList()).mapEmpty();
  }
}
