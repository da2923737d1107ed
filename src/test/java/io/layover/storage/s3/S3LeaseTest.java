package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.parts.S3Way;
import io.layover.storage.Disk;
import io.layover.storage.Lease;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class S3LeaseTest {
  private static final String KEY = "layover/leases/test";
  private static final Duration SHORT = Duration.ofSeconds(2);

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);
  @TempDir Path directory;

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  private S3Fixture fixture() {
    return new S3Fixture(vertx, disk, directory);
  }

  @Test
  void oneHasItUntilItIsReleased() {
    var fixture = fixture();
    var one = new S3Lease(fixture.bucket(), KEY, SHORT);
    var other = new S3Lease(fixture.bucket(), KEY, SHORT);

    assertTrue(one.take().await());
    assertTrue(one.isHeld());
    assertFalse(other.take().await());
    assertFalse(other.isHeld());
    one.release().await();
    assertFalse(one.isHeld());
    assertTrue(other.take().await());
    other.release().await();
    assertEquals(List.of(), fixture.server.keys(fixture.bucket));
  }

  @Test
  void whoHoldsItKeepsIt() throws Exception {
    var fixture = fixture();
    var one = new S3Lease(fixture.bucket(), KEY, SHORT);
    var other = new S3Lease(fixture.bucket(), KEY, SHORT);
    assertTrue(one.take().await());
    var renewed = fixture.count(S3Meters.Operation.PUT) + 8;

    Mirror.await(
        "two terms pass",
        () -> {
          assertFalse(other.take().await());
          return fixture.count(S3Meters.Operation.PUT) >= renewed;
        });
    assertTrue(one.isHeld());
    one.release().await();
  }

  @Test
  void anotherTakesItFromWhoIsGone() throws Exception {
    var fixture = fixture();
    fixture.server.put(fixture.bucket, KEY, "somebody 7");
    var other = new S3Lease(fixture.bucket(), KEY, SHORT);

    assertFalse(other.take().await());
    Mirror.await("it is taken", () -> other.take().await());
    assertTrue(other.isHeld());
    other.release().await();
  }

  @Test
  void whoCannotReachS3LosesIt() throws Exception {
    var fixture = fixture();
    try (var way = S3Way.to(fixture.server)) {
      Lease one = new S3Lease(fixture.bucket(S3Fixture.connection(way.url())), KEY, SHORT);
      assertTrue(one.take().await());
      way.trouble(1_000_000, ".", S3Way.Fault.DENIED);
      Mirror.await("it is lost", () -> !one.isHeld());
      one.release().await();
    }
  }

  /** Some stores refuse an {@code If-Match} that matches. */
  @Test
  void needsNoConditions() throws Exception {
    var fixture = fixture();
    try (var way = S3Way.to(fixture.server)) {
      var one = new S3Lease(fixture.bucket(S3Fixture.connection(way.url())), KEY, SHORT);
      assertTrue(one.take().await());
      way.trouble(1, "^PUT ", S3Way.Fault.REFUSED);
      assertTrue(one.take().await());
      one.release().await();
    }
  }
}
