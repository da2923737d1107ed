package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.layover.notify.Listening;
import io.layover.oci.Digest;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
class SpoolTest {
  private static final byte[] CONTENT = Bytes.of(300_000, 1);
  private static final int HALF = 123_456;
  private static final int THREADS = 4;

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, THREADS);
  private final HandStream stream = new HandStream();
  @TempDir private Path directory;

  @AfterEach
  void close() throws Exception {
    disk.close();
    result(vertx.close());
  }

  private Path file() {
    return directory.resolve("spool");
  }

  private Spool create(long withheld) throws Exception {
    return result(Spool.create(disk, file(), "sha256", withheld));
  }

  /** A spool with {@code CONTENT} up to {@code end} in it. */
  private Spool filled(int end, long withheld) throws Exception {
    var spool = create(withheld);
    append(spool, Arrays.copyOf(CONTENT, end));
    return spool;
  }

  private static void append(Spool spool, byte[] bytes) throws Exception {
    var from = new HandStream();
    var appended = spool.append(from, Long.MAX_VALUE);
    from.send(bytes).end();
    result(appended);
  }

  @ParameterizedTest
  @ValueSource(strings = {"sha256", "sha512"})
  void writesAndHashesWhatAStreamYields(String algorithm) throws Exception {
    var spool = result(Spool.create(disk, file(), algorithm, 0));
    var appended = spool.append(stream, Long.MAX_VALUE);
    for (var at = 0; at < CONTENT.length; at += 10_000) {
      stream.send(Arrays.copyOfRange(CONTENT, at, at + 10_000));
    }
    stream.end();
    result(appended);

    assertEquals(CONTENT.length, spool.size());
    assertArrayEquals(CONTENT, Files.readAllBytes(file()));
    assertEquals(Digest.of(algorithm, Digest.hasher(algorithm).digest(CONTENT)), spool.digest());
    assertEquals(file(), spool.file());
    result(spool.sync());
    spool.close();
  }

  @Test
  void givesBackThePiecesOfAConnection() throws Exception {
    var piece = Piece.take();
    piece.writeBytes(CONTENT, 0, 50_000);
    var spool = create(0);
    var appended = spool.append(stream, Long.MAX_VALUE);
    stream.send(BufferInternal.buffer(piece.readRetainedSlice(20_000)));
    stream.send(BufferInternal.buffer(piece.readSlice(30_000)));
    stream.end();
    result(appended);

    assertArrayEquals(Arrays.copyOf(CONTENT, 50_000), Files.readAllBytes(file()));
    assertEquals(Digest.sha256(Arrays.copyOf(CONTENT, 50_000)), spool.digest());
    assertEquals(0, piece.refCnt());
    spool.close();
  }

  @Test
  void givesBackThePiecesThatItDoesNotWrite() throws Exception {
    var pieces = Stream.generate(Piece::take).limit(3).toList();
    pieces.forEach(piece -> piece.writeBytes(CONTENT, 0, 10_000));
    var spool = create(0);
    var appended = spool.append(stream, 10_000);
    pieces.forEach(piece -> stream.send(BufferInternal.buffer(piece)));

    assertInstanceOf(Spool.TooLong.class, failure(appended));
    pieces.forEach(piece -> assertEquals(0, piece.refCnt()));
    spool.close();
  }

  @Test
  void isEmptyWhereTheStreamIs() throws Exception {
    Files.writeString(file(), "what an earlier one left");
    var spool = create(0);
    append(spool, new byte[0]);

    assertEquals(0, spool.size());
    assertEquals(Digest.sha256(""), spool.digest());
    assertEquals(0, Files.size(file()));
    spool.close();
  }

  @Test
  void appendsOneStreamAfterTheOther() throws Exception {
    var spool = filled(HALF, 0);
    append(spool, Arrays.copyOfRange(CONTENT, HALF, CONTENT.length));

    assertArrayEquals(CONTENT, Files.readAllBytes(file()));
    assertEquals(Digest.sha256(CONTENT), spool.digest());
    spool.close();
  }

  @Test
  void takesOneStreamAtATime() throws Exception {
    var spool = create(0);
    var first = spool.append(stream, Long.MAX_VALUE);

    assertInstanceOf(
        IllegalStateException.class, failure(spool.append(new HandStream(), Long.MAX_VALUE)));

    stream.send(CONTENT).end();
    result(first);
    assertEquals(Digest.sha256(CONTENT), spool.digest());
    spool.close();
  }

  @Test
  void pausesAStreamThatIsFasterThanTheDisk() throws Exception {
    var spool = create(0);
    var appended = spool.append(stream, Long.MAX_VALUE);
    stream.awaitResume();
    var release = new CountDownLatch(1);
    for (var i = 0; i < THREADS; i++) {
      disk.run(() -> release.await(20, TimeUnit.SECONDS));
    }

    var chunk = Bytes.of(256 << 10, 2);
    var sent = 0;
    while (!stream.isPaused()) {
      stream.send(chunk);
      sent++;
      assertTrue(sent <= 5, "more than a megabyte is waiting");
    }
    release.countDown();
    stream.awaitResume();
    assertFalse(stream.isPaused());
    stream.end();
    result(appended);

    assertEquals((long) sent * chunk.length, spool.size());
    spool.close();
  }

  @Test
  void readersSeeBytesAsTheyCome() throws Exception {
    var spool = create(0);
    var appended = spool.append(stream, Long.MAX_VALUE);
    var first = read(spool, 0, 1000);
    assertFalse(first.isComplete());

    stream.send(Arrays.copyOf(CONTENT, 10));
    assertArrayEquals(Arrays.copyOf(CONTENT, 10), result(first));
    var second = read(spool, 10, 1000);
    assertFalse(second.isComplete());
    assertArrayEquals(Arrays.copyOfRange(CONTENT, 3, 7), result(read(spool, 3, 4)));

    stream.send(Arrays.copyOfRange(CONTENT, 10, 15));
    assertArrayEquals(Arrays.copyOfRange(CONTENT, 10, 15), result(second));
    stream.end();
    result(appended);
    var last = read(spool, 15, 1000);
    assertFalse(last.isComplete(), "it is not known to be the end before it is released");
    spool.release();
    assertArrayEquals(new byte[0], result(last));
    spool.close();
  }

  @Test
  void manyReadersFollowTheWriter() throws Exception {
    var spool = create(1000);
    var appended = spool.append(stream, Long.MAX_VALUE);
    var sinks = new ArrayList<RecordingSink>();
    var copies = new ArrayList<Future<Void>>();
    for (var i = 0; i < 20; i++) {
      var sink = new RecordingSink();
      sinks.add(sink);
      copies.add(Pump.copy(spool, sink, i * 100L, Blob.UNKNOWN));
    }
    for (var at = 0; at < CONTENT.length; at += 5_000) {
      stream.send(Arrays.copyOfRange(CONTENT, at, at + 5_000));
    }
    stream.end();
    result(appended);
    spool.release();

    for (var i = 0; i < copies.size(); i++) {
      result(copies.get(i));
      assertArrayEquals(Arrays.copyOfRange(CONTENT, i * 100, CONTENT.length), sinks.get(i).bytes());
    }
    spool.close();
  }

  @Test
  void theTailIsHiddenUntilItIsReleased() throws Exception {
    var spool = filled(CONTENT.length, 1000);
    var shown = CONTENT.length - 1000;

    assertArrayEquals(
        Arrays.copyOfRange(CONTENT, shown - 5, shown), result(read(spool, shown - 5, 100)));
    var atTheEdge = read(spool, shown, 100);
    var beyond = read(spool, shown + 500, 1000);
    assertFalse(atTheEdge.isComplete());
    assertFalse(beyond.isComplete());

    spool.release();
    assertArrayEquals(Arrays.copyOfRange(CONTENT, shown, shown + 100), result(atTheEdge));
    assertArrayEquals(Arrays.copyOfRange(CONTENT, shown + 500, CONTENT.length), result(beyond));
    assertArrayEquals(new byte[0], result(read(spool, CONTENT.length, 1)));
    spool.close();
  }

  @Test
  void nothingOfWhatIsShorterThanTheTailIsShown() throws Exception {
    var spool = filled(10, 1000);
    var first = read(spool, 0, 100);
    assertFalse(first.isComplete());

    spool.release();
    assertArrayEquals(Arrays.copyOf(CONTENT, 10), result(first));
    spool.close();
  }

  @Test
  void aFailureReachesReadersNowAndLater() throws Exception {
    var spool = filled(1000, 1000);
    var waiting = read(spool, 0, 100);
    assertFalse(waiting.isComplete());
    var cause = new IOException("the digest is another");

    spool.fail(cause);
    assertSame(cause, failure(waiting));
    assertSame(cause, failure(read(spool, 0, 100)));
    spool.fail(new IOException("a second one"));
    assertSame(cause, failure(read(spool, 0, 100)));
    spool.release();
    assertSame(cause, failure(read(spool, 0, 100)));
    spool.close();
  }

  @Test
  void refusesMoreThanIsAllowed() throws Exception {
    var spool = create(0);
    var appended = spool.append(stream, 1000);
    stream.send(Arrays.copyOf(CONTENT, 1000));
    stream.send(new byte[1]);
    stream.end();

    assertInstanceOf(Spool.TooLong.class, failure(appended));
    assertTrue(stream.isPaused(), "the rest is not wanted");
    assertEquals(1000, spool.size());
    assertEquals(Digest.sha256(Arrays.copyOf(CONTENT, 1000)), spool.digest());
    spool.close();
  }

  @Test
  void countsTheLimitFromTheFilesStart() throws Exception {
    var spool = filled(600, 0);
    var appended = spool.append(stream, 1000);
    stream.send(new byte[400]).end();
    result(appended);

    var more = spool.append(stream, 1000);
    stream.send(new byte[1]).end();
    assertInstanceOf(Spool.TooLong.class, failure(more));
    assertEquals(1000, spool.size());
    spool.close();
  }

  @Test
  void aStreamThatBreaksLeavesWhatCame() throws Exception {
    var spool = create(0);
    var cause = new IOException("the client left");
    var appended = spool.append(stream, Long.MAX_VALUE);
    stream.send(Arrays.copyOf(CONTENT, HALF)).breakOff(cause);

    assertSame(cause, failure(appended));
    assertEquals(HALF, spool.size());
    assertEquals(Digest.sha256(Arrays.copyOf(CONTENT, HALF)), spool.digest());

    append(spool, Arrays.copyOfRange(CONTENT, HALF, CONTENT.length));
    assertEquals(Digest.sha256(CONTENT), spool.digest());
    assertArrayEquals(CONTENT, Files.readAllBytes(file()));
    spool.close();
  }

  @Test
  void whatComesAfterTheEndIsIgnored() throws Exception {
    var spool = create(0);
    var appended = spool.append(stream, Long.MAX_VALUE);
    stream.send(Arrays.copyOf(CONTENT, 10)).end();
    result(appended);
    stream.send(CONTENT);
    stream.breakOff(new IOException("late"));

    assertEquals(10, spool.size());
    assertEquals(Digest.sha256(Arrays.copyOf(CONTENT, 10)), spool.digest());
    spool.close();
  }

  @Test
  void aFullDiskFailsTheStreamAndHashesNothingThatIsNotWritten() throws Exception {
    var full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no device that is always full");
    var spool = result(Spool.create(disk, full, "sha256", 0));
    var appended = spool.append(stream, Long.MAX_VALUE);
    stream.send(CONTENT);

    assertInstanceOf(IOException.class, failure(appended));
    assertTrue(stream.isPaused(), "the rest is not wanted");
    assertEquals(0, spool.size());
    assertEquals(Digest.sha256(""), spool.digest());
    spool.close();
  }

  /** With a checkpoint at the end of the file, at another place, of another algorithm, or none. */
  @ParameterizedTest
  @ValueSource(strings = {"current", "early", "other", "none"})
  void goesOnWithAFileThatWasBegun(String which) throws Exception {
    var before = filled(1000, 0);
    var early = before.checkpoint();
    append(before, Arrays.copyOfRange(CONTENT, 1000, HALF));
    var current = before.checkpoint();
    before.close();
    Spool.@Nullable Checkpoint known =
        switch (which) {
          case "current" -> current;
          case "early" -> early;
          case "other" -> new Spool.Checkpoint("sha512", HALF, Digest.hasher("sha512"));
          default -> null;
        };

    for (var i = 0; i < 2; i++) {
      var spool = result(Spool.reopen(disk, file(), "sha256", known, 0));
      assertEquals(HALF, spool.size());
      assertEquals(Digest.sha256(Arrays.copyOf(CONTENT, HALF)), spool.digest());
      spool.close();
    }
    var spool = result(Spool.reopen(disk, file(), "sha256", known, 0));
    append(spool, Arrays.copyOfRange(CONTENT, HALF, CONTENT.length));

    assertEquals(CONTENT.length, spool.size());
    assertEquals(Digest.sha256(CONTENT), spool.digest());
    assertArrayEquals(CONTENT, Files.readAllBytes(file()));
    spool.close();
  }

  @Test
  void aCheckpointSavesReadingTheFileAgain() throws Exception {
    Files.write(file(), CONTENT);
    var other = Bytes.of(CONTENT.length, 2);
    var hash = Digest.hasher("sha256");
    hash.update(other);

    var spool =
        result(
            Spool.reopen(
                disk, file(), "sha256", new Spool.Checkpoint("sha256", CONTENT.length, hash), 0));

    assertEquals(Digest.sha256(other), spool.digest());
    assertNotEquals(Digest.sha256(CONTENT), spool.digest());
    spool.close();
  }

  @Test
  void cannotGoOnWithAFileThatIsNotThere() {
    assertInstanceOf(
        NoSuchFileException.class,
        failure(Spool.reopen(disk, directory.resolve("absent"), "sha256", null, 0)));
  }

  @Test
  void theLastOfItsUsersClosesIt() throws Exception {
    var spool = filled(1000, 0);
    spool.release();
    assertTrue(spool.retain());
    assertTrue(spool.retain());

    spool.close();
    spool.close();
    assertArrayEquals(Arrays.copyOf(CONTENT, 10), result(read(spool, 0, 10)));
    spool.close();

    assertFalse(spool.retain());
    assertInstanceOf(ClosedChannelException.class, failure(closedRead(spool)));
    assertTrue(Files.exists(file()), "the file stays where it is");
  }

  /** Beside the jobs that open the file, write to it and close it, one that syncs it. */
  @ParameterizedTest
  @CsvSource({"1048575, 3", "1048576, 4"})
  void whatIsMuchGoesToTheDiskBeforeItIsPublished(int size, long jobs) throws Exception {
    var meters = new SimpleMeterRegistry();
    try (var counted = new Disk(vertx, 4, meters)) {
      var spool = result(Spool.create(counted, file(), "sha256", 0));
      append(spool, new byte[size]);
      spool.syncBehind();
      spool.close();
      result(spool.closed());
      var run = meters.get("layover.disk.run").timer();
      // Of a job it is known what came of it before it counts.
      Listening.await(() -> run.count() == jobs);
    }
  }

  /** Reads after the closing, which a disk thread does in its own time. */
  private Future<byte[]> closedRead(Spool spool) {
    return read(spool, 0, 10).compose(bytes -> closedRead(spool));
  }

  /** What one read yields; nothing at the end. */
  private static Future<byte[]> read(Spool spool, long position, int most) {
    var target = ByteBuffer.allocateDirect(most);
    return spool
        .read(position, target)
        .map(
            count -> {
              var bytes = new byte[Math.max(0, count)];
              target.flip().get(bytes);
              return bytes;
            });
  }

  private static <T> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Throwable failure(Future<?> future) {
    var failed = assertThrows(ExecutionException.class, () -> result(future));
    return failed.getCause() == null ? failed : failed.getCause();
  }
}
