package io.layover.storage.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One replica evicts what another one is pushed. */
@Timeout(60)
class ClaimsTest {
  private static final RepositoryName PRIVATE = RepositoryName.parse("private/app");
  private static final String CONTENT = "content";
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);
  @TempDir Path directory;
  private S3Fixture fixture;
  private Stores evicting;
  private Stores pushed;

  @BeforeEach
  void open() throws Exception {
    fixture = new S3Fixture(vertx, disk, directory);
    evicting = fixture.openMixed();
    pushed = fixture.openMixed();
    evicting.blobs().put(DIGEST, Buffer.buffer(CONTENT)).await();
  }

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  private void push() {
    pushed.repositories().link(PRIVATE, Kind.LAYER, DIGEST, Durability.SYNCED).await();
  }

  @Test
  void whatWasPushedElsewhereStays() {
    push();
    assertFalse(evicting.blobs().evict(DIGEST).await());
    assertEquals(CONTENT, pushed.blobs().read(DIGEST).await().toString());
  }

  @Test
  void whatIsOnlyCachedGoes() {
    pushed.repositories().link(PRIVATE, Kind.LAYER, DIGEST, Durability.CACHED).await();
    assertTrue(evicting.blobs().evict(DIGEST).await());
    assertNull(pushed.blobs().read(DIGEST).await());
    assertFalse(
        fixture.server.keys(fixture.bucket).stream().anyMatch(key -> key.startsWith("layover/")));
  }

  @Test
  void aPushOfWhatHasGoneIsNotAcknowledged() {
    assertEquals(CONTENT.length(), pushed.blobs().size(DIGEST).await());
    assertTrue(evicting.blobs().evict(DIGEST).await());
    assertComeAgain();
  }

  @Test
  void aPushOfWhatIsGoingIsNotAcknowledged() {
    var leaving = "layover/leaving/sha256/" + DIGEST.hex();
    fixture.server.put(fixture.bucket, leaving, "");
    assertComeAgain();
    fixture.server.delete(fixture.bucket, leaving);
    push();
  }

  private void assertComeAgain() {
    var failure = assertThrows(RegistryException.class, this::push);
    assertEquals(ErrorCode.UNAVAILABLE, failure.code());
    assertFalse(
        pushed.repositories().isLinked(PRIVATE, Kind.LAYER, DIGEST).await(), "nothing is linked");
  }
}
