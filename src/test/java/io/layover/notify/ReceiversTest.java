package io.layover.notify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class ReceiversTest {
  private static final Receivers.Limits MANY = new Receivers.Limits(1000, 1 << 20);

  private final Vertx vertx = Vertx.vertx();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final Listening listening = Listening.start(vertx);

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private Receivers receivers(String url, Receivers.Limits limits) {
    var rules =
        new Receivers.Rules(
            "r",
            URI.create(url),
            Map.of(),
            Duration.ofMillis(200),
            2,
            Duration.ofMillis(20),
            Set.of(),
            Set.of());
    return Receivers.of(vertx, List.of(rules), limits, "here:5000", false, registry);
  }

  private static void delete(Receivers receivers, String tag) {
    receivers.tell(
        new Event(
            Event.Action.DELETE,
            new Event.Target(
                RepositoryName.parse("app"), null, null, Tag.parse(tag), null, null, List.of()),
            new Event.Cause("127.0.0.1", "here:5000", "DELETE", "test"),
            null));
  }

  private List<String> tags() {
    return listening.told().stream()
        .map(told -> told.event().getJsonObject("target").getString("tag"))
        .toList();
  }

  private double count(String name) {
    return registry.get("layover.notifications." + name).tag("endpoint", "r").counter().count();
  }

  private double queued() {
    return registry.get("layover.notifications.queued").gauge().value();
  }

  /** One that refuses, redirects or hangs is told of everything when it is well again, in order. */
  @ParameterizedTest
  @ValueSource(ints = {500, 403, 307, 0})
  void triesAgainUntilItIsTaken(int trouble) {
    var receivers = receivers(listening.answer(trouble).url(), MANY);
    var all = IntStream.range(0, 20).mapToObj(i -> "t" + i).toList();
    all.forEach(tag -> delete(receivers, tag));

    Listening.await(() -> count("failed") >= 4);
    assertEquals(20, queued());
    assertEquals(0, count("sent"));
    listening.answer(200);

    listening.told(20);
    assertEquals(all, tags());
    Listening.await(() -> count("sent") == 20);
    assertEquals(0, queued());
    assertEquals(0, count("dropped"));
  }

  @Test
  void aServerThatIsNotThereIsTriedAgain() {
    var url = listening.url();
    listening.close();
    var receivers = receivers(url, MANY);

    delete(receivers, "t");

    Listening.await(() -> count("failed") >= 4);
    assertEquals(1, queued());
  }

  @Test
  void theOldestGoWhenTooManyWait() {
    var receivers = receivers(listening.answer(500).url(), new Receivers.Limits(3, 1 << 20));
    for (var tag : List.of("a", "b", "c", "d", "e")) {
      delete(receivers, tag);
    }

    assertEquals(2, count("dropped"));
    assertEquals(3, queued());
    listening.answer(200);
    listening.told(3);
    assertTrue(List.of("c", "d", "e").equals(tags().subList(tags().size() - 3, tags().size())));
  }

  @Test
  void theOldestGoWhenTheyTakeTooMuchMemory() {
    var receivers = receivers(listening.answer(500).url(), new Receivers.Limits(1000, 1000));
    for (var i = 0; i < 50; i++) {
      delete(receivers, "t" + i);
    }

    assertTrue(queued() >= 1 && queued() < 5, () -> "queued: " + queued());
    assertEquals(50 - queued(), count("dropped"));
  }

  @Test
  void theEndWaitsForWhatIsOnItsWay() {
    var receivers = receivers(listening.url(), MANY);
    for (var i = 0; i < 50; i++) {
      delete(receivers, "t" + i);
    }

    receivers.close().await();

    assertEquals(50, listening.told().size());
  }

  @Test
  void theEndDoesNotWaitForOneThatHangs() {
    var receivers = receivers(listening.answer(0).url(), MANY);
    delete(receivers, "t");
    var began = System.nanoTime();

    receivers.close().await();

    assertTrue(System.nanoTime() - began < Duration.ofSeconds(20).toNanos());
    assertEquals(1, queued());
    var failed = count("failed");
    listening.answer(200);
    vertx.close().await();
    assertTrue(count("failed") <= failed + 1, "nothing is sent after the end");
  }
}
