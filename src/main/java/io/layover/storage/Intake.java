package io.layover.storage;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stream on its way to a disk, which takes its bytes in batches. The stream is paused while the
 * disk is slower, so at most its share of {@link #MEMORY} waits in memory. Its handlers run on its
 * own context.
 */
final class Intake {
  /**
   * What waits for the disk of all streams together; many pushes at once must not fill the heap.
   */
  private static final MemoryShare MEMORY = new MemoryShare(16 << 20, 64 << 10, 1 << 20);

  /** What takes the bytes, on a disk thread and one call at a time. */
  interface Target {
    void take(List<Buffer> batch) throws IOException;
  }

  private final Disk disk;
  private final Target target;
  private final ReadStream<Buffer> stream;
  private final long limit;
  private final @Nullable Context context = Vertx.currentContext();
  private final Promise<Void> done = Promise.promise();

  // Guarded by this.
  private List<Buffer> queue = new ArrayList<>();
  private int queued;
  private long accepted;
  private boolean draining;
  private boolean paused;
  private long pausedAt;
  private boolean ended;
  private @Nullable Throwable broken;

  /**
   * @param start where the stream's first byte belongs
   * @param limit where its last byte may end
   */
  Intake(Disk disk, Target target, ReadStream<Buffer> stream, long start, long limit) {
    this.disk = disk;
    this.target = target;
    this.stream = stream;
    this.accepted = start;
    this.limit = limit;
  }

  /** Reads the stream; completes on the caller's context when all of it was taken. */
  Future<Void> start() {
    MEMORY.enter();
    done.future().onComplete(v -> MEMORY.leave());
    stream.exceptionHandler(this::end);
    stream.endHandler(v -> end(null));
    stream.handler(this::accept);
    stream.resume();
    return done.future();
  }

  private void accept(Buffer buffer) {
    synchronized (this) {
      if (!ended) {
        accepted += buffer.length();
        if (accepted <= limit) {
          enqueue(buffer);
          return;
        }
      }
    }
    Piece.release(buffer);
    stream.pause();
    end(new Spool.TooLong(limit));
  }

  private void enqueue(Buffer buffer) {
    queue.add(buffer);
    queued += buffer.length();
    if (queued >= MEMORY.share() && !paused) {
      paused = true;
      pausedAt = System.nanoTime();
      stream.pause();
    }
    if (!draining) {
      draining = true;
      disk.run(this::drain).onFailure(this::fail);
    }
  }

  private void end(@Nullable Throwable cause) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
      broken = cause;
      if (draining) {
        return;
      }
    }
    complete(cause);
  }

  /** On a disk thread: passes on until the queue is empty. */
  private @Nullable Void drain() {
    for (var batch = next(); !batch.isEmpty(); batch = next()) {
      try {
        target.take(batch);
      } catch (IOException | RuntimeException e) {
        fail(e);
        return null;
      } finally {
        batch.forEach(Piece::release);
      }
      taken(batch);
    }
    return null;
  }

  private List<Buffer> next() {
    Throwable cause;
    synchronized (this) {
      var batch = queue;
      queue = new ArrayList<>();
      if (!batch.isEmpty()) {
        return batch;
      }
      draining = false;
      if (!ended) {
        return batch;
      }
      cause = broken;
    }
    complete(cause);
    return List.of();
  }

  private void taken(List<Buffer> batch) {
    synchronized (this) {
      batch.forEach(buffer -> queued -= buffer.length());
      if (!paused || ended || queued > MEMORY.share() / 2) {
        return;
      }
      paused = false;
      Waits.IN.since(pausedAt);
    }
    onContext(stream::resume);
  }

  private void fail(Throwable cause) {
    synchronized (this) {
      ended = true;
      queue.forEach(Piece::release);
      queue.clear();
    }
    onContext(stream::pause);
    complete(cause);
  }

  private void complete(@Nullable Throwable cause) {
    onContext(
        () -> {
          if (cause == null) {
            done.tryComplete();
          } else {
            done.tryFail(cause);
          }
        });
  }

  private void onContext(Runnable action) {
    if (context == null) {
      action.run();
    } else {
      context.runOnContext(v -> action.run());
    }
  }
}
