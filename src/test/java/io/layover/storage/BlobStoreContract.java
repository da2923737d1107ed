package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every {@link BlobStore} promises. */
@Timeout(60)
public abstract class BlobStoreContract {
  /** Larger than any buffer on the way. */
  protected static final byte[] CONTENT = Bytes.of(1_000_001, 1);

  protected static final Digest DIGEST = Digest.sha256(CONTENT);

  protected final Vertx vertx = Vertx.vertx();
  protected final Disk disk = new Disk(vertx, 8);
  @TempDir protected Path directory;
  private BlobStore store;
  private int staged;

  /** The store as a server that starts finds it, whatever stood there before. */
  protected abstract BlobStore start() throws Exception;

  @BeforeEach
  final void startIt() throws Exception {
    store = start();
  }

  @AfterEach
  final void close() throws Exception {
    disk.close();
    result(vertx.close());
  }

  protected final BlobStore store() {
    return store;
  }

  @Test
  void lacksWhatWasNeverStored() throws Exception {
    assertAbsent(DIGEST);
    assertFalse(result(store.delete(DIGEST)));
  }

  @Test
  void servesWhatWasPublished() throws Exception {
    var file = staged(CONTENT);
    assertAbsent(DIGEST);

    result(store.publish(DIGEST, file));

    assertFalse(Files.exists(file), "the store has taken the file over");
    assertEquals(CONTENT.length, result(store.size(DIGEST)));
    try (var blob = opened(DIGEST)) {
      assertEquals(DIGEST, blob.digest());
      assertEquals(CONTENT.length, blob.size());
      assertArrayEquals(CONTENT, all(blob));
    }
  }

  @Test
  void servesBlobsOfEitherAlgorithm() throws Exception {
    var digest = Digest.of("sha512", Digest.hasher("sha512").digest(CONTENT));
    result(store.publish(digest, staged(CONTENT)));

    assertAbsent(DIGEST);
    try (var blob = opened(digest)) {
      assertArrayEquals(CONTENT, all(blob));
    }
  }

  @Test
  void servesAnEmptyBlob() throws Exception {
    var digest = Digest.sha256("");
    result(store.publish(digest, staged(new byte[0])));

    assertEquals(0, result(store.size(digest)));
    try (var blob = opened(digest)) {
      assertEquals(0, blob.size());
      assertArrayEquals(new byte[0], all(blob));
    }
  }

  @Test
  void takesTheSameBlobTwice() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var again = staged(CONTENT);
    result(store.publish(DIGEST, again));

    assertFalse(Files.exists(again));
    try (var blob = opened(DIGEST)) {
      assertArrayEquals(CONTENT, all(blob));
    }
  }

  @Test
  void cannotPublishAFileThatIsNotThere() throws Exception {
    assertThrows(
        ExecutionException.class, () -> result(store.publish(DIGEST, directory.resolve("absent"))));
    assertAbsent(DIGEST);
  }

  /** Whoever looks meanwhile sees all of it or nothing. */
  @Test
  void isVisibleWholeOrNotAtAll() throws Exception {
    var large = Bytes.of(8 << 20, 3);
    var digest = Digest.sha256(large);
    var publishing = store.publish(digest, staged(large));
    while (!publishing.isComplete()) {
      var size = result(store.size(digest));
      assertTrue(size == null || size == large.length, () -> "a blob of " + size + " bytes");
    }
    result(publishing);
    assertEquals(large.length, result(store.size(digest)));
  }

  @ParameterizedTest
  @CsvSource({
    "0,       1000001",
    "0,       -1",
    "0,       1",
    "1,       1",
    "1000000, 1",
    "1000000, -1",
    "131071,  131074",
    "500000,  -1",
    "999999,  2",
    "1000001, 0",
    "1000001, -1",
    "77,      0",
  })
  void writesAnyPart(int offset, int length) throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var sink = new RecordingSink();
    try (var blob = opened(DIGEST)) {
      result(blob.writeTo(sink, offset, length));
    }

    var end = length < 0 ? CONTENT.length : offset + length;
    assertArrayEquals(Arrays.copyOfRange(CONTENT, offset, end), sink.bytes());
    assertFalse(sink.isEnded(), "more may follow");
  }

  @Test
  void failsWhereMoreIsAskedForThanThereIs() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var sink = new RecordingSink();
    try (var blob = opened(DIGEST)) {
      assertThrows(ExecutionException.class, () -> result(blob.writeTo(sink, 1_000_000, 2)));
    }
    assertFalse(sink.isEnded());
  }

  @Test
  void failsWithTheSink() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var cause = new IOException("the client left");
    try (var blob = opened(DIGEST)) {
      var failed =
          assertThrows(
              ExecutionException.class,
              () -> result(blob.writeTo(new RecordingSink().refuse(cause), 0, Blob.UNKNOWN)));
      assertEquals(cause, failed.getCause());
      assertArrayEquals(CONTENT, all(blob), "another reader is not concerned");
    }
  }

  @Test
  void servesAtThePaceOfTheSink() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var slow = new RecordingSink().hold();
    try (var blob = opened(DIGEST)) {
      var written = blob.writeTo(slow, 0, Blob.UNKNOWN);
      slow.awaitHeld(1);
      assertTrue(slow.heldCount() <= 2, "a few chunks at most are in memory");
      var fast = new RecordingSink();
      result(blob.writeTo(fast, 0, Blob.UNKNOWN));
      assertArrayEquals(CONTENT, fast.bytes());
      assertTrue(slow.heldCount() <= 2);

      slow.takeAll();
      result(written);
      assertArrayEquals(CONTENT, slow.bytes());
    }
  }

  @Test
  void deletes() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));

    assertTrue(result(store.delete(DIGEST)));

    assertAbsent(DIGEST);
    assertFalse(result(store.delete(DIGEST)));
    result(store.publish(DIGEST, staged(CONTENT)));
    assertEquals(CONTENT.length, result(store.size(DIGEST)));
  }

  @Test
  protected void aReaderFinishesAlthoughTheBlobIsDeleted() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    try (var blob = opened(DIGEST)) {
      var slow = new RecordingSink().hold();
      var written = blob.writeTo(slow, 0, Blob.UNKNOWN);
      slow.awaitHeld(1);

      assertTrue(result(store.delete(DIGEST)));
      assertAbsent(DIGEST);

      slow.takeAll();
      result(written);
      assertArrayEquals(CONTENT, slow.bytes());
      assertArrayEquals(CONTENT, all(blob));
    }
    assertAbsent(DIGEST);
  }

  @Test
  void aReaderMeanwhileDoesNotBringABlobBack() throws Exception {
    for (var round = 0; round < 100; round++) {
      var content = Bytes.of(100, round);
      var digest = Digest.sha256(content);
      result(store.put(digest, Buffer.buffer(content)));
      var opening = List.of(store.open(digest), store.open(digest), store.open(digest));
      result(store.delete(digest));
      for (var open : opening) {
        var blob = result(open);
        if (blob != null) {
          blob.close();
        }
      }
      assertAbsent(digest);
    }
  }

  @Test
  void evictsWhatNobodyReads() throws Exception {
    assertTrue(result(store.evict(DIGEST)), "what is not there need not go");
    result(store.publish(DIGEST, staged(CONTENT)));
    opened(DIGEST).close();

    assertTrue(result(store.evict(DIGEST)));

    assertAbsent(DIGEST);
  }

  @Test
  void keepsWhatIsReadFromEviction() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    try (var blob = opened(DIGEST)) {
      opened(DIGEST).close();
      assertFalse(result(store.evict(DIGEST)));
      assertArrayEquals(CONTENT, all(blob));
      assertEquals(CONTENT.length, result(store.size(DIGEST)));
    }
    assertTrue(result(store.evict(DIGEST)));
    assertAbsent(DIGEST);
  }

  @Test
  void tellsOfEveryBlob() throws Exception {
    var before = Instant.now().minusSeconds(5);
    var sha512 = Digest.of("sha512", Digest.hasher("sha512").digest(CONTENT));
    result(store.publish(DIGEST, staged(CONTENT)));
    result(store.publish(sha512, staged(CONTENT)));
    result(store.put(Digest.sha256(""), Buffer.buffer()));
    result(store.put(Digest.sha256("gone"), Buffer.buffer("gone")));
    result(store.delete(Digest.sha256("gone")));

    var found = new HashMap<Digest, Long>();
    result(
        store.each(
            (digest, size, used) -> {
              assertTrue(used.isAfter(before), used::toString);
              found.put(digest, size);
            }));

    assertEquals(
        Map.of(DIGEST, (long) CONTENT.length, sha512, (long) CONTENT.length, Digest.sha256(""), 0L),
        found);
  }

  @Test
  void writersOfTheSameBlobDoNotDisturbEachOther() throws Exception {
    for (var round = 0; round < 5; round++) {
      var content = Bytes.of(100_000, round);
      var digest = Digest.sha256(content);
      var writes = new ArrayList<Future<Void>>();
      for (var i = 0; i < 4; i++) {
        writes.add(store.publish(digest, staged(content)));
        writes.add(store.put(digest, Buffer.buffer(content)));
      }
      for (var write : writes) {
        result(write);
      }
      try (var blob = opened(digest)) {
        assertArrayEquals(content, all(blob));
      }
    }
  }

  @Test
  void manyReadersShareABlob() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var opening = new ArrayList<Future<@Nullable Blob>>();
    for (var i = 0; i < 20; i++) {
      opening.add(store.open(DIGEST));
    }
    var blobs = new ArrayList<Blob>();
    for (var open : opening) {
      blobs.add(present(result(open)));
    }
    for (var blob : blobs) {
      assertArrayEquals(CONTENT, all(blob));
      blob.close();
    }
    try (var blob = opened(DIGEST)) {
      assertArrayEquals(CONTENT, all(blob));
    }
  }

  @Test
  void keepsSmallContents() throws Exception {
    for (var text : List.of("{}", "", "x".repeat(4 << 20))) {
      var digest = Digest.sha256(text);
      result(store.put(digest, Buffer.buffer(text)));
      result(store.put(digest, Buffer.buffer(text)));

      assertEquals(Buffer.buffer(text), result(store.read(digest)));
      assertEquals(text.length(), result(store.size(digest)));
      try (var blob = opened(digest)) {
        assertEquals(Buffer.buffer(text), Buffer.buffer(all(blob)));
      }
    }
  }

  @Test
  void readsWhatWasPublished() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    assertEquals(Buffer.buffer(CONTENT), result(store.read(DIGEST)));
  }

  @Test
  void takesNoLargeBlobIntoMemory() throws Exception {
    var large = new byte[(8 << 20) + 1];
    var digest = Digest.sha256(large);
    result(store.publish(digest, staged(large)));

    assertThrows(ExecutionException.class, () -> result(store.read(digest)));
  }

  @Test
  void keepsWhatItHasWhenTheServerStartsAgain() throws Exception {
    result(store.publish(DIGEST, staged(CONTENT)));
    var restarted = start();

    assertEquals(CONTENT.length, result(restarted.size(DIGEST)));
    try (var blob = present(result(restarted.open(DIGEST)))) {
      assertArrayEquals(CONTENT, all(blob));
    }
  }

  /** A file with this content, such as an upload leaves. */
  protected final Path staged(byte[] content) throws IOException {
    return Files.write(directory.resolve("staged-" + staged++), content);
  }

  protected final void assertAbsent(Digest digest) throws Exception {
    assertNull(result(store.open(digest)));
    assertNull(result(store.size(digest)));
    assertNull(result(store.read(digest)));
  }

  protected final Blob opened(Digest digest) throws Exception {
    return present(result(store.open(digest)));
  }

  private static Blob present(@Nullable Blob blob) {
    assertNotNull(blob);
    return blob;
  }

  private static byte[] all(Blob blob) throws Exception {
    var sink = new RecordingSink();
    result(blob.writeTo(sink, 0, Blob.UNKNOWN));
    return sink.bytes();
  }

  protected static <T extends @Nullable Object> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
