package io.layover.storage;

import io.layover.futures.Futures;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How far a file has grown, and who waits for more of it. Its last {@code withheld} bytes are
 * hidden until it is released.
 */
final class Growth {
  private final long withheld;

  // Guarded by this.
  private long written;
  private long size = Blob.UNKNOWN;
  private boolean released;
  private boolean halted;
  private @Nullable Throwable failure;
  private List<Promise<Void>> waiting = new ArrayList<>();

  Growth(long written, long withheld) {
    this.written = written;
    this.withheld = withheld;
  }

  synchronized long written() {
    return written;
  }

  /** So many bytes are more. */
  void add(long count) {
    change(() -> written += count);
  }

  /** So many bytes there will be; without this, what is last at the time has to be hidden. */
  void announce(long bytes) {
    change(() -> size = bytes);
  }

  /** What was announced, or {@link Blob#UNKNOWN}. */
  synchronized long announced() {
    return size;
  }

  /** All that was written is right. */
  void release() {
    change(() -> released = true);
  }

  /** Nothing more is written. */
  void halt() {
    change(() -> halted = true);
  }

  /** Whoever wants more than they have gets this instead. */
  void fail(Throwable cause) {
    change(
        () -> {
          if (failure == null) {
            failure = cause;
          }
        });
  }

  private void change(Runnable how) {
    List<Promise<Void>> wake;
    synchronized (this) {
      how.run();
      wake = waiting;
      waiting = new ArrayList<>();
    }
    wake.forEach(Promise::tryComplete);
  }

  /**
   * How many bytes from {@code position} on may be read, waiting until there is at least one.
   * Completes with -1 at the end, and with 0 if no more of them will be written.
   */
  Future<Long> available(long position) {
    Promise<Void> arrival;
    synchronized (this) {
      if (failure != null) {
        return Future.failedFuture(failure);
      }
      var available = shown() - position;
      if (available > 0) {
        return Future.succeededFuture(available);
      }
      if (released) {
        return Future.succeededFuture(-1L);
      }
      if (halted) {
        return Future.succeededFuture(0L);
      }
      arrival = Promise.promise();
      waiting.add(arrival);
    }
    return Futures.onCallersContext(arrival.future()).compose(v -> available(position));
  }

  /** How many bytes are written, hidden ones included, as soon as there are more than these. */
  Future<Long> grown(long bytes) {
    Promise<Void> arrival;
    synchronized (this) {
      if (failure != null) {
        return Future.failedFuture(failure);
      }
      if (written > bytes) {
        return Future.succeededFuture(written);
      }
      if (halted) {
        return Future.failedFuture(new Spool.Elsewhere(written));
      }
      arrival = Promise.promise();
      waiting.add(arrival);
    }
    return arrival.future().compose(v -> grown(bytes));
  }

  private long shown() {
    if (released) {
      return written;
    }
    return size == Blob.UNKNOWN ? written - withheld : Math.min(written, size - withheld);
  }
}
