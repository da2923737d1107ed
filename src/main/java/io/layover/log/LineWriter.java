package io.layover.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Writes lines by a thread of its own, so that a slow reader of the log never holds up an event
 * loop. It writes at once what has come while it wrote and rested before, so that a line of a busy
 * server costs neither a call of the kernel nor the waking of a thread. What it cannot keep up with
 * is dropped, and what is no warning first.
 */
final class LineWriter extends UnsynchronizedAppenderBase<ILoggingEvent> {
  private static final int MOST_WAITING = 16_384;
  private static final int KEPT_FOR_WARNINGS = MOST_WAITING / 5;
  private static final int MOST_AT_ONCE = 256;
  private static final int LARGEST_KEPT = 256 << 10;
  private static final Duration REST = Duration.ofMillis(5);
  private static final Duration LONGEST_END = Duration.ofSeconds(1);

  private final LineLayout layout;
  private final PrintStream out;
  private final BlockingQueue<ILoggingEvent> waiting = new LinkedBlockingQueue<>(MOST_WAITING);
  private @Nullable Thread thread;

  /** The thread's own: what is written at once is put together here. */
  private StringBuilder lines = new StringBuilder();

  LineWriter(LineLayout layout, PrintStream out) {
    this.layout = layout;
    this.out = out;
  }

  @Override
  public void start() {
    super.start();
    thread = Thread.ofPlatform().daemon().name("log").start(this::run);
  }

  /** Ends when what waits is written, or cannot be for a second. */
  @Override
  public void stop() {
    super.stop();
    if (thread != null) {
      thread.interrupt();
      try {
        thread.join(LONGEST_END);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (waiting.remainingCapacity() > KEPT_FOR_WARNINGS
        || event.getLevel().isGreaterOrEqual(Level.WARN)) {
      // What it speaks of may change as soon as this returns; the event keeps the text.
      var _ = event.getFormattedMessage();
      waiting.offer(event);
    }
  }

  private void run() {
    var batch = new ArrayList<ILoggingEvent>(MOST_AT_ONCE);
    try {
      while (!Thread.currentThread().isInterrupted()) {
        batch.add(waiting.take());
        var isAll = fill(batch) < MOST_AT_ONCE;
        write(batch);
        if (isAll) {
          Thread.sleep(REST);
        }
      }
    } catch (InterruptedException e) {
      // It is time to end: what follows is the rest.
    }
    do {
      write(batch);
    } while (fill(batch) > 0);
  }

  private int fill(List<ILoggingEvent> batch) {
    waiting.drainTo(batch, MOST_AT_ONCE - batch.size());
    return batch.size();
  }

  private void write(List<ILoggingEvent> batch) {
    for (var event : batch) {
      append(lines, event);
    }
    batch.clear();
    var bytes = lines.toString().getBytes(StandardCharsets.UTF_8);
    out.write(bytes, 0, bytes.length);
    out.flush();
    if (bytes.length == lines.length() && bytes.length <= LARGEST_KEPT) {
      lines.setLength(0);
    } else {
      // After a character beyond ASCII it would take two bytes for each ever after.
      lines = new StringBuilder();
    }
  }

  /** No line may end the thread that writes the others. */
  private void append(StringBuilder lines, ILoggingEvent event) {
    var start = lines.length();
    try {
      layout.append(lines, event);
    } catch (RuntimeException e) {
      addError("a line cannot be written", e);
      lines.setLength(start);
    }
  }
}
