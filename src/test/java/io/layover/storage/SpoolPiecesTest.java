package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A spool whose bytes come in several pieces, overlap, or do not come any more. */
@Timeout(60)
class SpoolPiecesTest {
  private static final byte[] CONTENT = Bytes.of(700_000, 3);
  private static final int HALF = 333_333;
  private static final int WITHHELD = 1000;

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);
  @TempDir private Path directory;

  @AfterEach
  void close() {
    disk.close();
    result(vertx.close());
  }

  private Path file() {
    return directory.resolve("spool");
  }

  private static byte[] part(int from, int to) {
    return Arrays.copyOfRange(CONTENT, from, to);
  }

  private Spool begun() throws Exception {
    var spool = result(Spool.create(disk, file(), "sha256", WITHHELD));
    result(append(spool, 0, part(0, HALF)));
    return spool;
  }

  private static Future<Void> append(Spool spool, long start, byte[] bytes) throws Exception {
    var stream = new HandStream();
    var appended = spool.append(stream, start, CONTENT.length);
    if (!appended.failed()) {
      // It may wait for what was there before to be hashed.
      stream.awaitResume();
    }
    for (var at = 0; at < bytes.length; at += 50_000) {
      stream.send(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + 50_000)));
    }
    stream.end();
    return appended;
  }

  private void assertWhole(Spool spool) throws Exception {
    assertEquals(Digest.sha256(CONTENT), spool.digest());
    assertArrayEquals(CONTENT, Files.readAllBytes(file()));
  }

  @Test
  void showsWhatWasLeftBeforeItIsHashedAndGoesOn() throws Exception {
    Files.write(file(), part(0, HALF));
    try (var busy = new Disk(vertx, 1)) {
      var spool = result(Spool.resume(busy, file(), "sha256", WITHHELD));
      spool.announce(CONTENT.length);
      assertArrayEquals(part(HALF - 10, HALF), result(read(spool, HALF - 10, 100)));
      result(append(spool, HALF, part(HALF, CONTENT.length)));
      assertWhole(spool);
      spool.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 250_000, HALF - 1, HALF})
  void comparesWhatIsSentAgain(int from) throws Exception {
    var spool = begun();
    result(append(spool, from, part(from, CONTENT.length)));
    assertWhole(spool);
    spool.close();
  }

  @Test
  void takesAPieceThatIsThereAlready() throws Exception {
    var spool = begun();
    result(append(spool, 0, part(0, HALF - 100)));
    assertEquals(HALF, spool.size());
    result(append(spool, HALF, part(HALF, CONTENT.length)));
    assertWhole(spool);
    spool.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 123_456, HALF - 1})
  void refusesOtherBytesThanBefore(int wrong) throws Exception {
    var spool = begun();
    var other = CONTENT.clone();
    other[wrong] ^= 1;
    var failure = failure(append(spool, 0, other));
    assertInstanceOf(Spool.Changed.class, failure);
    assertTrue(failure.toString().contains("byte " + wrong + " "), failure::toString);
    assertEquals(HALF, spool.size());
    assertArrayEquals(part(0, HALF), Files.readAllBytes(file()));
    spool.close();
  }

  @Test
  void leavesNoGap() throws Exception {
    var spool = begun();
    assertInstanceOf(IllegalStateException.class, failure(append(spool, HALF + 1, part(0, 10))));
    spool.close();
  }

  @Test
  void hidesOnlyTheEndOnceItIsKnown() throws Exception {
    var spool = begun();
    assertEquals(WITHHELD, HALF - result(spool.available(0)));
    spool.announce(CONTENT.length);
    assertEquals(HALF, result(spool.available(0)));
    result(append(spool, HALF, part(HALF, CONTENT.length)));
    assertEquals(CONTENT.length - WITHHELD, result(spool.available(0)));
    spool.release();
    assertEquals(CONTENT.length, result(spool.available(0)));
    spool.close();
  }

  @Test
  void tellsReadersWhenNothingMoreIsWritten() throws Exception {
    var spool = begun();
    spool.announce(CONTENT.length);
    var waiting = spool.available(HALF);
    var reading = read(spool, HALF + 5, 10);
    assertFalse(waiting.isComplete());
    spool.halt();
    assertEquals(0, result(waiting));
    var elsewhere = assertInstanceOf(Spool.Elsewhere.class, failure(reading));
    assertEquals(HALF + 5, elsewhere.position());
    assertArrayEquals(part(HALF - 3, HALF), result(read(spool, HALF - 3, 100)));
    assertArrayEquals(part(HALF - 7, HALF), result(spool.written(HALF - 7)).getBytes());
    spool.close();
  }

  private static Future<byte[]> read(Spool spool, long position, int most) {
    var target = ByteBuffer.allocate(most);
    return spool.read(position, target).map(count -> Arrays.copyOf(target.array(), count));
  }

  private static <T> T result(Future<T> future) {
    return future.toCompletionStage().toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static Throwable failure(Future<?> future) {
    var failed = assertThrows(CompletionException.class, () -> result(future));
    return failed.getCause() == null ? failed : failed.getCause();
  }
}
