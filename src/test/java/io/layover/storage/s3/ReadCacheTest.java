package io.layover.storage.s3;

import static io.layover.storage.s3.S3Fixture.MIB;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.Mirror;
import io.layover.oci.Digest;
import io.layover.parts.S3Way;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.RecordingSink;
import io.layover.storage.filesystem.FileBlob;
import io.layover.storage.filesystem.Trees;
import io.layover.storage.s3.S3Meters.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Large blobs that are kept near once they were read. */
@Timeout(60)
class ReadCacheTest {
  private static final int SIZE = 2_000_001;
  private static final byte[] CONTENT = content(1);
  private static final Digest DIGEST = Digest.sha256(CONTENT);

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 8);
  private S3Fixture fixture;
  @TempDir private Path directory;

  @BeforeEach
  void open() {
    fixture = new S3Fixture(vertx, disk, directory);
  }

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  private static byte[] content(int seed) {
    var bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private BlobStore store(long cacheSize) throws IOException {
    return fixture.open(cacheSize, Duration.ofMinutes(1)).blobs();
  }

  /** A store whose bucket has the content, which did not come through it. */
  private BlobStore filled(long cacheSize) throws IOException {
    fixture.open().blobs().put(DIGEST, Buffer.buffer(CONTENT)).await();
    return store(cacheSize);
  }

  private static Blob opened(BlobStore store, Digest digest) {
    var blob = store.open(digest).await();
    assertNotNull(blob);
    return blob;
  }

  private static byte[] read(BlobStore store, Digest digest, long offset, long length) {
    var sink = new RecordingSink();
    try (var blob = opened(store, digest)) {
      blob.writeTo(sink, offset, length).await();
    }
    return sink.bytes();
  }

  private static boolean isNear(BlobStore store, Digest digest) {
    try (var blob = opened(store, digest)) {
      return blob instanceof FileBlob;
    }
  }

  private static void awaitNear(BlobStore store, Digest digest) throws InterruptedException {
    Mirror.await("it is near", () -> isNear(store, digest));
  }

  /** The files of copies, whole or not. */
  private List<File> files() {
    return files(directory.toFile()).filter(file -> !file.getName().equals("lock")).toList();
  }

  /** They may go while this looks. */
  private static Stream<File> files(File file) {
    var entries = file.listFiles();
    return entries == null
        ? Stream.of(file).filter(File::isFile)
        : Arrays.stream(entries).flatMap(ReadCacheTest::files);
  }

  @Test
  void whatWasReadIsReadFromTheDiskNextTime() throws Exception {
    var store = filled(10 * MIB);
    assertFalse(isNear(store, DIGEST), "nobody has read it");
    assertArrayEquals(CONTENT, read(store, DIGEST, 0, Blob.UNKNOWN));
    awaitNear(store, DIGEST);
    var before = fixture.count();

    assertArrayEquals(CONTENT, read(store, DIGEST, 0, Blob.UNKNOWN));
    assertArrayEquals(Arrays.copyOfRange(CONTENT, 1000, 71_000), read(store, DIGEST, 1000, 70_000));
    assertEquals(0, fixture.count() - before, "requests to S3");
  }

  /** As a client that resumes, or one that takes single files out of a layer, reads it. */
  @Test
  void aPartThatWasReadBringsTheWhole() throws Exception {
    var store = filled(10 * MIB);
    read(store, DIGEST, SIZE - 10, 10);
    awaitNear(store, DIGEST);
    assertArrayEquals(CONTENT, read(store, DIGEST, 0, Blob.UNKNOWN));
  }

  @Test
  void manyReadersMakeOneCopy() throws Exception {
    var store = filled(10 * MIB);
    var reads = new ArrayList<Future<Void>>();
    var sinks = new ArrayList<RecordingSink>();
    for (var i = 0; i < 20; i++) {
      var sink = new RecordingSink();
      var blob = opened(store, DIGEST);
      sinks.add(sink);
      reads.add(blob.writeTo(sink, 0, Blob.UNKNOWN).onComplete(v -> blob.close()));
    }
    Future.all(reads).await();
    awaitNear(store, DIGEST);

    for (var sink : sinks) {
      assertArrayEquals(CONTENT, sink.bytes());
    }
    assertEquals(20 + 1, fixture.count(Operation.GET));
    assertEquals(1, files().size());
  }

  @Test
  void aReaderThatTakesNothingHoldsNobodyUp() throws Exception {
    var store = filled(10 * MIB);
    var slow = new RecordingSink().hold();
    try (var blob = opened(store, DIGEST)) {
      var reading = blob.writeTo(slow, 0, Blob.UNKNOWN);
      read(store, DIGEST, 0, Blob.UNKNOWN);
      awaitNear(store, DIGEST);
      slow.takeAll();
      reading.await();
    }
    assertArrayEquals(CONTENT, slow.bytes());
  }

  @Test
  void aCopyGoesOnWhereS3BreaksOff() throws Exception {
    try (var way = S3Way.to(fixture.server)) {
      fixture.open().blobs().put(DIGEST, Buffer.buffer(CONTENT)).await();
      var store =
          fixture.open(S3Fixture.connection(way.url()), 10 * MIB, Duration.ofMinutes(1)).blobs();
      way.trouble(2, "^GET .*/data", S3Way.Fault.CUT_ANSWER);
      assertArrayEquals(CONTENT, read(store, DIGEST, 0, Blob.UNKNOWN));
      awaitNear(store, DIGEST);
      assertArrayEquals(CONTENT, read(store, DIGEST, 0, Blob.UNKNOWN));
    }
  }

  @Test
  void whatIsNotWhatItShouldBeIsNotKept() throws Exception {
    var other = Digest.sha256("other");
    fixture.open().blobs().put(other, Buffer.buffer(CONTENT)).await();
    var store = store(10 * MIB);
    assertArrayEquals(CONTENT, read(store, other, 0, Blob.UNKNOWN));

    Mirror.await("the copy was tried", () -> fixture.count(Operation.GET) == 2);
    Mirror.await("it is gone", () -> files().isEmpty());
    assertFalse(isNear(store, other));
    read(store, other, 0, Blob.UNKNOWN);
    assertEquals(3, fixture.count(Operation.GET), "none is tried again at once");
  }

  @Test
  void aDiskThatTakesNothingIsNoMatterForReaders() throws Exception {
    var store = filled(10 * MIB);
    try (var runs = Files.newDirectoryStream(directory)) {
      for (var run : runs) {
        Trees.delete(run);
      }
    }
    for (var i = 0; i < 3; i++) {
      assertArrayEquals(CONTENT, read(store, DIGEST, 0, Blob.UNKNOWN));
    }
    assertFalse(isNear(store, DIGEST));
  }

  @Test
  void whatWasNotUsedForLongestGoesFirst() throws Exception {
    var store = store(5 * MIB);
    var digests = new ArrayList<Digest>();
    for (var i = 0; i < 3; i++) {
      var content = content(i);
      digests.add(Digest.sha256(content));
      fixture.open().blobs().put(digests.get(i), Buffer.buffer(content)).await();
    }
    for (var i : new int[] {0, 1}) {
      read(store, digests.get(i), 0, 1);
      awaitNear(store, digests.get(i));
    }
    read(store, digests.get(0), 0, 1);
    read(store, digests.get(2), 0, 1);
    awaitNear(store, digests.get(2));

    assertTrue(isNear(store, digests.get(0)));
    assertFalse(isNear(store, digests.get(1)));
    Mirror.await("its file goes", () -> files().size() == 2);
  }

  @Test
  void largerOnesAreNotKept() throws Exception {
    var store = filled(3 * MIB);
    read(store, DIGEST, 0, Blob.UNKNOWN);
    assertEquals(1, fixture.count(Operation.GET), "it has more than half of the room");
  }

  @Test
  void whatIsDeletedIsNotNearEither() throws Exception {
    var store = filled(10 * MIB);
    read(store, DIGEST, 0, Blob.UNKNOWN);
    awaitNear(store, DIGEST);
    try (var blob = opened(store, DIGEST)) {
      assertInstanceOf(FileBlob.class, blob);
      assertFalse(store.evict(DIGEST).await(), "somebody reads it");
      assertTrue(store.delete(DIGEST).await());
    }
    assertNull(store.open(DIGEST).await());
    assertEquals(List.of(), files());
  }

  @Test
  void whatAnotherReplicaDeletesIsSeenInTime() throws Exception {
    fixture.open().blobs().put(DIGEST, Buffer.buffer(CONTENT)).await();
    var store = fixture.open(10 * MIB, Duration.ZERO).blobs();
    read(store, DIGEST, 0, Blob.UNKNOWN);
    awaitNear(store, DIGEST);
    fixture.open().blobs().delete(DIGEST).await();
    assertNull(store.open(DIGEST).await());
  }
}
