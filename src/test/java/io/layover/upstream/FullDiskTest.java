package io.layover.upstream;

import static io.layover.Mirror.header;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Image;
import io.layover.standin.Images;
import io.layover.storage.SmallDisk;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that is full: what is pulled passes through, and is cached again once there is room. */
@Timeout(120)
class FullDiskTest {
  private static final int SIZE = 3_000_000;
  private static final int ROOM = 16 << 20;
  private static final Image IMAGE = Images.oci(77, 1, SIZE);
  private static final Digest LAYER = IMAGE.layer();
  private static final String APP = "/v2/library/app/";
  private static final String BLOB = APP + "blobs/" + LAYER;
  private static final String TAG = APP + "manifests/latest";
  private static final String CDN = "^/cdn/";
  private static final int READERS = 3;

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final byte[] bytes = IMAGE.blob(LAYER).read(0, SIZE).getBytes();
  private SmallDisk disk;
  private MirrorFixture mirror;

  @BeforeEach
  void start(@TempDir Path place) throws Exception {
    hub.repository("library/app").put("latest", IMAGE);
    disk = SmallDisk.at(place.resolve("disk"), 2 << 20);
    mirror = MirrorFixture.patient(hub.url(), disk.root());
  }

  @AfterEach
  void close() throws Exception {
    if (mirror != null) {
      mirror.close();
      disk.close();
    }
    hub.close();
    vertx.close().await();
  }

  private double uncached() {
    return mirror.count("layover.fills", "outcome", "uncached");
  }

  private double passed() {
    return mirror.count("layover.fills.passed", "way", "uncached");
  }

  private void assertCachedOnceThereIsRoom() throws Exception {
    assertFalse(mirror.holds(LAYER));
    disk.makeRoom(ROOM);
    var next = mirror.get(BLOB);
    assertArrayEquals(bytes, next.body());
    assertEquals("Layover; fwd=uri-miss; stored", header(next, "Cache-Status"));
    Mirror.await("it is stored", () -> mirror.holds(LAYER));
    assertEquals("Layover; hit", header(mirror.get(BLOB), "Cache-Status"));
    assertEquals(0, mirror.parts());
  }

  @Test
  void aBlobThatIsLargerThanTheRoomPassesThrough() throws Exception {
    for (var pull = 1; pull <= 2; pull++) {
      var answer = mirror.get(BLOB);
      assertArrayEquals(bytes, answer.body());
      assertEquals("Layover; fwd=uri-miss", header(answer, "Cache-Status"));
      assertEquals(pull, uncached());
      assertEquals((double) pull * SIZE, passed());
      assertEquals(pull, hub.count("GET", CDN));
    }
    var part = mirror.get(BLOB, "Range", "bytes=1000-1999");
    assertEquals(206, part.statusCode());
    assertArrayEquals(IMAGE.blob(LAYER).read(1000, 1000).getBytes(), part.body());
    assertEquals(0, mirror.parts());
    assertCachedOnceThereIsRoom();
  }

  /** Whoever reads along when the disk becomes full gets the rest past it. */
  @ParameterizedTest(name = "size announced: {0}")
  @ValueSource(booleans = {true, false})
  void aDiskThatBecomesFullHalfWay(boolean announced) throws Exception {
    disk.makeRoom(ROOM);
    var rule = hub.when("GET", CDN).throttle(SIZE / 2);
    if (!announced) {
      rule.chunked();
    }
    var readers = Stream.generate(() -> mirror.getLater(BLOB)).limit(READERS).toList();
    Mirror.await("a part has come", () -> mirror.count("layover.fills.received") > 300_000);
    disk.fill();
    // What was begun goes on slowly, what is asked for now does not.
    hub.behave();
    for (var reader : readers) {
      assertArrayEquals(bytes, reader.join().body());
    }
    assertEquals(1, uncached());
    assertTrue(passed() > 0 && passed() < (double) READERS * SIZE, "bytes: " + passed());
    assertTrue(hub.count("GET", CDN) <= 1 + READERS, hub.requests()::toString);
    assertEquals(0, mirror.parts());
    assertCachedOnceThereIsRoom();
  }

  @Test
  void manifestsPassThroughToo() throws Exception {
    disk.fill();
    for (var path : new String[] {TAG, APP + "manifests/" + IMAGE.digest()}) {
      var answer = mirror.get(path);
      assertEquals(200, answer.statusCode());
      assertEquals(IMAGE.digest(), Digest.sha256(answer.body()));
      assertEquals("Layover; fwd=uri-miss", header(answer, "Cache-Status"));
    }
    assertEquals(2, mirror.count("layover.cache.uncached", "what", "manifest"));
    assertFalse(mirror.holds(IMAGE.digest()));

    disk.makeRoom(ROOM);
    assertEquals("Layover; fwd=uri-miss; stored", header(mirror.get(TAG), "Cache-Status"));
    assertTrue(mirror.holds(IMAGE.digest()));
  }

  /** What is cached is served, also where the upstream's word on it cannot be written down. */
  @Test
  void whatIsCachedIsServedAndTagsStayHonest() throws Exception {
    var newer = Images.oci(78, 1, 1000);
    assertEquals(IMAGE.digest(), Digest.sha256(mirror.get(TAG).body()));
    disk.fill();
    assertEquals("Layover; hit; detail=revalidated", header(mirror.get(TAG), "Cache-Status"));

    hub.repository("library/app").put("latest", newer);
    for (var pull = 0; pull < 2; pull++) {
      assertEquals(newer.digest(), Digest.sha256(mirror.get(TAG).body()));
    }
    disk.makeRoom(ROOM);
    assertEquals(newer.digest(), Digest.sha256(mirror.get(TAG).body()));
    assertTrue(mirror.holds(newer.digest()));
  }
}
