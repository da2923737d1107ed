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
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
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

  @Test
  void aMarkEndsWithItsBlob() {
    push();
    var mark = Layout.below("").claim(DIGEST);
    var others = List.of(Digest.sha256("1"), Digest.sha256("2"), Digest.sha256("3"));
    for (var one : others) {
      fixture.server.put(fixture.bucket, Layout.below("").claim(one), "");
      fixture.server.put(fixture.bucket, Layout.below("").blob(one), "");
    }
    var claims = new Claims(fixture.bucket(), Layout.below(""), Duration.ZERO);
    var soon = Instant.now().plus(Duration.ofMinutes(1));
    assertEquals(0, claims.purge(soon, false).await(), "the blob is there");

    pushed.blobs().delete(DIGEST).await();
    assertEquals(0, claims.purge(Instant.now().minus(Duration.ofHours(1)), false).await());
    awaitAge(mark);
    assertEquals(1, claims.purge(soon, true).await());
    assertTrue(isThere(mark), "it is only said");
    assertEquals(1, claims.purge(soon, false).await());
    assertFalse(isThere(mark));
    others.forEach(one -> assertTrue(isThere(Layout.below("").claim(one)), "its blob is there"));
  }

  /** More than S3 lists at once, of marks and of blobs. */
  @Test
  void marksOfManyBlobsEndWithTheirs() {
    var layout = Layout.below("");
    var all =
        IntStream.range(0, 2500)
            .mapToObj(i -> Digest.sha256("blob " + i))
            .sorted(Comparator.comparing(Digest::toString))
            .toList();
    var gone = List.of(all.getFirst(), all.get(999), all.get(1000), all.get(1001), all.getLast());
    for (var one : all) {
      fixture.server.put(fixture.bucket, layout.claim(one), "");
      if (!gone.contains(one)) {
        fixture.server.put(fixture.bucket, layout.blob(one), "");
      }
    }
    awaitAge(layout.claim(all.getLast()));
    var claims = new Claims(fixture.bucket(), layout, Duration.ZERO);
    assertEquals(gone.size(), claims.purge(Instant.now(), false).await());

    var marked = new HashSet<>(fixture.server.keys(fixture.bucket));
    for (var one : all) {
      assertEquals(!gone.contains(one), marked.contains(layout.claim(one)));
    }
  }

  @Test
  void whatAReplicaLeftThatEndedWhileItEvictedGoes() {
    var left = Layout.below("").leaving(DIGEST);
    fixture.server.put(fixture.bucket, left, "");
    var relied = new Claims(fixture.bucket(), Layout.below(""), Claims.REMEMBERED);
    var soon = Instant.now().plus(Duration.ofMinutes(1));
    assertEquals(0, relied.purge(soon, false).await());
    assertTrue(isThere(left), "someone may still be at it");

    var claims = new Claims(fixture.bucket(), Layout.below(""), Duration.ZERO);
    awaitAge(left);
    assertEquals(0, claims.purge(soon, true).await());
    assertTrue(isThere(left), "it is only said");
    assertEquals(0, claims.purge(soon, false).await());
    assertFalse(isThere(left));
    assertEquals(CONTENT.length(), pushed.blobs().size(DIGEST).await(), "the blob stays");
  }

  /** S3 notes whole seconds. */
  private void awaitAge(String key) {
    var bucket = fixture.bucket();
    while (!bucket.writtenAt(key).await().isBefore(Instant.now())) {
      Thread.onSpinWait();
    }
  }

  private boolean isThere(String key) {
    return fixture.server.keys(fixture.bucket).contains(key);
  }

  @Test
  void aMarkOnWhichReplicasRelyStays() {
    push();
    pushed.blobs().delete(DIGEST).await();
    var claims = new Claims(fixture.bucket(), Layout.below(""), Claims.REMEMBERED);
    assertEquals(0, claims.purge(Instant.now().plus(Duration.ofDays(1)), false).await());
    assertTrue(isThere(Layout.below("").claim(DIGEST)));
  }

  private void assertComeAgain() {
    var failure = assertThrows(RegistryException.class, this::push);
    assertEquals(ErrorCode.UNAVAILABLE, failure.code());
    assertFalse(
        pushed.repositories().isLinked(PRIVATE, Kind.LAYER, DIGEST).await(), "nothing is linked");
  }
}
