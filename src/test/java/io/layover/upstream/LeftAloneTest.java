package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An upstream that fails again and again fails at once, and is tried by one request. */
class LeftAloneTest {
  private static final Image IMAGE = Images.tiny(1);
  private static final String APP = "/v2/library/app/manifests/";
  private static final String TAG = APP + "latest";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HandTime time = new HandTime();

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() throws Exception {
    hub.repository("library/app").put("latest", IMAGE);
    var upstream = MirrorFixture.upstream(hub.url(), null, MirrorFixture.FRESHNESS);
    mirror = MirrorFixture.of(upstream, root, Patience.DEFAULT, time);
    mirror.get(TAG);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private void failFiveTimes() throws Exception {
    for (var i = 0; i < 5; i++) {
      assertEquals(502, mirror.get(APP + "absent-" + i).statusCode());
    }
  }

  private double state() {
    return mirror.figures.get("layover.upstream.breaker").gauge().value();
  }

  @Test
  void nothingIsAskedForAWhile() throws Exception {
    hub.when(".*", "/v2/").status(503);
    failFiveTimes();
    var before = hub.requests().size();
    assertEquals(1, state());

    var refused = mirror.get(APP + "absent");
    assertEquals(503, refused.statusCode());
    assertEquals("1", header(refused, "Retry-After"));
    assertEquals("Layover; fwd=uri-miss; detail=left-alone", header(refused, "Cache-Status"));
    assertTrue(
        new String(refused.body(), StandardCharsets.UTF_8).contains("\"UNAVAILABLE\""), "the code");
    var stale = mirror.get(TAG);
    assertEquals(200, stale.statusCode());
    assertEquals("Layover; fwd=stale; detail=left-alone", header(stale, "Cache-Status"));
    assertEquals(503, mirror.get("/v2/library/app/blobs/" + IMAGE.layer()).statusCode());
    assertEquals(before, hub.requests().size());
  }

  @Test
  void oneRequestTriesItAndTheOthersAreNotHeldUp() throws Exception {
    hub.when(".*", "/v2/").status(503);
    failFiveTimes();
    hub.behave();
    hub.when("HEAD", "/manifests/").latency(Duration.ofMillis(500));
    time.pass(Duration.ofSeconds(1));
    var before = hub.count("HEAD", "/manifests/");

    var probe = mirror.getLater(TAG);
    Mirror.await("it is on its way", () -> hub.count("HEAD", "/manifests/") == before + 1);
    assertEquals(0.5, state());
    var others =
        IntStream.range(0, 10).mapToObj(i -> mirror.getLater(APP + "absent-" + i)).toList();
    others.forEach(other -> assertEquals(503, other.join().statusCode()));
    assertEquals(before + 1, hub.count("HEAD", "/manifests/"));

    assertEquals("Layover; hit; detail=revalidated", header(probe.join(), "Cache-Status"));
    assertEquals(0, state());
    assertEquals(404, mirror.get(APP + "absent").statusCode());
  }

  @Test
  void anUpstreamThatCannotBeReachedFailsTheSameWay() throws Exception {
    hub.close();
    failFiveTimes();
    assertEquals(1, state());
    time.pass(Duration.ofSeconds(1));
    assertEquals(502, mirror.get(APP + "absent").statusCode());
    assertEquals(503, mirror.get(APP + "absent").statusCode());
    hub.listen();
    time.pass(Duration.ofSeconds(2));
    assertEquals(404, mirror.get(APP + "absent").statusCode());
  }

  /** It answers: what it answers is another matter. */
  @Test
  void absenceIsNoFailure() throws Exception {
    for (var i = 0; i < 10; i++) {
      assertEquals(404, mirror.get(APP + "absent-" + i).statusCode());
    }
    assertEquals(0, state());
  }
}
