package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.Mirror;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An upstream that says nothing, or not enough, costs its clients some time and no more. */
class SilenceTest {
  private static final Image IMAGE = Images.tiny(8);
  private static final String TAG = "/v2/library/app/manifests/latest";
  private static final String DIGEST = "/v2/library/app/manifests/" + IMAGE.digest();

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);

  @TempDir Path root;
  private MirrorFixture mirror;

  @BeforeEach
  void start() {
    hub.repository("library/app").put("latest", IMAGE);
    mirror = MirrorFixture.impatient(hub.url(), root);
  }

  @AfterEach
  void close() {
    mirror.close();
    hub.close();
    vertx.close().await();
  }

  private List<Integer> statuses(String path, int clients) {
    return Stream.generate(() -> mirror.getLater(path)).limit(clients).toList().stream()
        .map(CompletableFuture::join)
        .map(HttpResponse::statusCode)
        .distinct()
        .toList();
  }

  @Test
  void aSilentRegistryFailsForEveryoneWhoWaits() throws Exception {
    hub.when(".*", "/manifests/").hang();
    assertEquals(List.of(502), statuses(TAG, 5));
    assertEquals(List.of(502), statuses(DIGEST, 5));
    hub.behave();
    assertEquals(200, mirror.get(TAG).statusCode());
    hub.when(".*", "/manifests/").hang();
    var stale = mirror.get(TAG);
    assertEquals(
        "Layover; fwd=stale; detail=upstream-failed", Mirror.header(stale, "Cache-Status"));
  }

  @Test
  void aSilentTokenServerToo() throws Exception {
    hub.when("GET", "/token").hang();
    assertEquals(List.of(502), statuses(TAG, 5));
    assertEquals(1, hub.count("GET", "/token"));
    hub.behave();
    assertEquals(200, mirror.get(TAG).statusCode());
  }

  @ParameterizedTest
  @ValueSource(strings = {"stalls at once", "stalls", "drips"})
  void aManifestThatDoesNotArrive(String how) throws Exception {
    var rule = hub.when("GET", "/manifests/");
    switch (how) {
      case "stalls at once" -> rule.stallAfter(0);
      case "stalls" -> rule.stallAfter(20);
      default -> rule.throttle(50);
    }
    assertEquals(List.of(502), statuses(DIGEST, 5));
    assertEquals(1, hub.count("GET", "/manifests/" + IMAGE.digest()) - refusedFirst());
    hub.behave();
    assertEquals(200, mirror.get(DIGEST).statusCode());
  }

  /** A connection that was kept may be given up by the other side just when it is used again. */
  @Test
  void aConnectionThatEndsUnusedIsReplaced() throws Exception {
    assertEquals(200, mirror.get(TAG).statusCode());
    hub.when("HEAD", "/manifests/").close().times(1);
    assertEquals(
        "Layover; hit; detail=revalidated", Mirror.header(mirror.get(TAG), "Cache-Status"));
    hub.when("HEAD", "/manifests/").close();
    hub.log().clear();
    assertEquals(
        "Layover; fwd=stale; detail=upstream-failed",
        Mirror.header(mirror.get(TAG), "Cache-Status"));
    assertEquals(2, hub.count("HEAD", "/manifests/"));
  }

  private long refusedFirst() {
    return hub.log().requests("GET", "/manifests/").stream().filter(r -> r.status() == 401).count();
  }
}
