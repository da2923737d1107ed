package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(30)
class PumpTest {
  private static final byte[] CONTENT = Bytes.of(500_000, 1);

  private final AtomicInteger reads = new AtomicInteger();
  private final RecordingSink sink = new RecordingSink();

  /** At most so many bytes a read, as a disk or a running fill may give fewer than asked for. */
  private Pump.Input content(int most) {
    return (position, target) -> {
      reads.incrementAndGet();
      if (position >= CONTENT.length) {
        return Future.succeededFuture(-1);
      }
      var count = Math.min(Math.min(most, target.remaining()), (int) (CONTENT.length - position));
      target.put(CONTENT, (int) position, count);
      return Future.succeededFuture(count);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "0,      500000, 1000000",
    "0,      -1,     1000000",
    "0,      500000, 1000",
    "0,      -1,     777",
    "0,      1,      1000000",
    "499999, 1,      1000000",
    "499999, -1,     1000000",
    "131071, 131074, 1000000",
    "131072, 131072, 131072",
    "250000, -1,     1000000",
    "12345,  0,      1000000",
    "500000, -1,     1000000",
    "500000, 0,      1000000",
  })
  void copies(int offset, int length, int most) throws Exception {
    result(Pump.copy(content(most), sink, offset, length));

    var end = length < 0 ? CONTENT.length : offset + length;
    assertArrayEquals(Arrays.copyOfRange(CONTENT, offset, end), sink.bytes());
    assertFalse(sink.isEnded());
    assertFreed();
  }

  @Test
  void failsWhereTheSourceIsShorterThanPromised() {
    var copied = Pump.copy(content(1_000_000), sink, 400_000, 100_001);

    var failure = assertInstanceOf(EOFException.class, failure(copied));
    assertEquals("1 bytes are missing at the end", failure.getMessage());
    assertFalse(sink.isEnded());
    assertFreed();
  }

  @Test
  void failsWithTheSource() {
    var cause = new IOException("the disk is gone");
    Pump.Input breaking =
        (position, target) ->
            position < 200_000
                ? content(100_000).read(position, target)
                : Future.failedFuture(cause);

    assertSame(cause, failure(Pump.copy(breaking, sink, 0, -1)));
    assertEquals(200_000, sink.bytes().length);
    assertFalse(sink.isEnded());
    assertFreed();
  }

  @Test
  void failsWithTheSinkAndReadsNoMore() {
    var cause = new IOException("the client left");
    sink.refuse(cause);

    assertSame(cause, failure(Pump.copy(content(1000), sink, 0, -1)));
    assertTrue(reads.get() <= 2, reads + " reads");
    assertFreed();
  }

  @Test
  void failsWhereTheSinkThrows() {
    var cause = new IllegalStateException("the response was reset");
    sink.throwing(cause);

    assertSame(cause, failure(Pump.copy(content(1000), sink, 0, -1)));
    assertEquals(1, reads.get());
    assertFreed();
  }

  @Test
  void failsWhereTheSourceThrows() {
    var cause = new IllegalStateException("the file was closed");
    Pump.Input throwing =
        (position, target) -> {
          throw cause;
        };

    assertSame(cause, failure(Pump.copy(throwing, sink, 0, -1)));
  }

  @Test
  void keepsTwoBuffersOnTheirWayAndReadsNoneBeforeOneIsTaken() throws Exception {
    sink.hold();
    var copied = Pump.copy(content(1000), sink, 0, 5000);

    for (var i = 0; i < 3; i++) {
      sink.awaitHeld(2);
      assertEquals(2 + i, reads.get());
      sink.take();
    }
    sink.awaitHeld(2);
    sink.take();
    assertFalse(copied.isComplete(), "the last one is not taken yet");
    sink.take();

    result(copied);
    assertArrayEquals(Arrays.copyOf(CONTENT, 5000), sink.bytes());
    assertFreed();
  }

  @Test
  void freesABufferOnlyWhenTheSinkIsDoneWithIt() throws Exception {
    sink.hold();
    var copied = Pump.copy(content(1000), sink, 0, -1);
    sink.awaitHeld(2);

    sink.drop(new IOException("the client left"));
    failure(copied);
    assertEquals(2, sink.unfreed());
    sink.drop(new IOException("the client left"));

    assertFreed();
  }

  @Test
  void waitsForASourceThatHasNothingYet() throws Exception {
    Promise<Integer> first = Promise.promise();
    var target = new ByteBuffer[1];
    Pump.Input slow =
        (position, into) -> {
          if (position > 0) {
            return Future.succeededFuture(-1);
          }
          target[0] = into;
          return first.future();
        };
    var copied = Pump.copy(slow, sink, 0, -1);
    assertFalse(copied.isComplete());

    target[0].put(new byte[] {1, 2, 3});
    first.complete(3);

    result(copied);
    assertArrayEquals(new byte[] {1, 2, 3}, sink.bytes());
  }

  private void assertFreed() {
    assertEquals(0, sink.unfreed());
  }

  private static void result(Future<Void> future) throws Exception {
    future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private static Throwable failure(Future<Void> future) {
    var failed = assertThrows(ExecutionException.class, () -> result(future));
    return failed.getCause() == null ? failed : failed.getCause();
  }
}
