package io.layover.notify;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Events in the order in which they came. The oldest go when there are too many. */
final class Waiting {
  private final int most;
  private final long mostBytes;
  private final ArrayDeque<Buffer> queue = new ArrayDeque<>();
  private long bytes;

  Waiting(int most, long mostBytes) {
    this.most = most;
    this.mostBytes = mostBytes;
  }

  /** Adds an event; how many older ones had to go for it. */
  synchronized int add(Buffer event) {
    queue.add(event);
    bytes += event.length();
    var gone = 0;
    while (queue.size() > most || (bytes > mostBytes && queue.size() > 1)) {
      bytes -= queue.remove().length();
      gone++;
    }
    return gone;
  }

  /** The oldest, or null if there is none. */
  synchronized @Nullable Buffer first() {
    return queue.peek();
  }

  /** Takes an event away, unless it had to go before. */
  synchronized void remove(Buffer event) {
    // No two have the same bytes: each has an id of its own.
    if (event.equals(queue.peek())) {
      bytes -= queue.remove().length();
    }
  }

  synchronized int size() {
    return queue.size();
  }
}
