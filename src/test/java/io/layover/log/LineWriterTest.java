package io.layover.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

@Timeout(30)
class LineWriterTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger("io.layover.Test");

  /** Lets its writer through as often as it is told to, and tells how often it was called. */
  private static final class Gate extends OutputStream {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final Semaphore open;
    private final CountDownLatch reached = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private int writes;

    Gate(int open) {
      this.open = new Semaphore(open);
    }

    @Override
    public void write(int b) {
      throw new UnsupportedOperationException("lines are written whole");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      reached.countDown();
      open.acquireUninterruptibly();
      if (length > 0) {
        writes++;
      }
      written.write(bytes, offset, length);
      if (messages().contains("last")) {
        ended.countDown();
      }
    }

    List<String> messages() {
      return written
          .toString(StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.replaceFirst(".* msg=", ""))
          .toList();
    }
  }

  private static LineWriter writer(OutputStream out) {
    var writer =
        new LineWriter(
            new LineLayout(LineLayout.Form.TEXT, Map.of()),
            new PrintStream(out, false, StandardCharsets.UTF_8));
    writer.start();
    return writer;
  }

  private static LoggingEvent event(Level level, String message) {
    return new LoggingEvent("test", LOGGER, level, message, null, null);
  }

  @Test
  void writesAtOnceWhatHasComeMeanwhile() throws InterruptedException {
    var gate = new Gate(0);
    var writer = writer(gate);
    writer.doAppend(event(Level.INFO, "first"));
    assertTrue(gate.reached.await(10, TimeUnit.SECONDS));
    for (var i = 0; i < 99; i++) {
      writer.doAppend(event(Level.INFO, "line" + i));
    }
    writer.doAppend(event(Level.INFO, "last"));
    gate.open.release(1000);
    assertTrue(gate.ended.await(20, TimeUnit.SECONDS));
    writer.stop();

    assertEquals(101, gate.messages().size());
    assertEquals(2, gate.writes);
  }

  @Test
  void dropsWhatNobodyReadsAndKeepsRoomForWarnings() throws InterruptedException {
    var gate = new Gate(0);
    var writer = writer(gate);
    writer.doAppend(event(Level.INFO, "first"));
    assertTrue(gate.reached.await(10, TimeUnit.SECONDS));
    for (var i = 0; i < 20_000; i++) {
      writer.doAppend(event(Level.INFO, "flood"));
    }
    writer.doAppend(event(Level.WARN, "last"));
    gate.open.release(1000);
    assertTrue(gate.ended.await(20, TimeUnit.SECONDS));
    writer.stop();

    assertTrue(gate.messages().size() < 16_384, gate.messages().size() + " lines");
  }

  @Test
  void goesOnAfterALineThatCannotBeWritten() {
    var gate = new Gate(1000);
    var writer = writer(gate);
    var broken = event(Level.INFO, "broken");
    broken.addKeyValuePair(
        new KeyValuePair(
            "key",
            new Object() {
              @Override
              public String toString() {
                throw new IllegalStateException("no text");
              }
            }));
    writer.doAppend(broken);
    writer.doAppend(event(Level.INFO, "last"));
    writer.stop();

    assertEquals(List.of("last"), gate.messages());
  }
}
