package io.layover.storage.s3;

import io.layover.storage.s3.Multipart.Part;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends a file as parts of an object while the file still grows, several parts at a time. */
final class PartsWriter {
  /** What is on its way at a time. It is read from the file as it leaves, so it takes no memory. */
  private static final int AT_ONCE = 4;

  private final Bucket bucket;
  private final FileChannel file;
  private final long partSize;
  private final Supplier<Future<Multipart>> begin;
  private final Promise<List<Part>> finished = Promise.promise();
  private final Promise<Void> idle = Promise.promise();

  // Guarded by this.
  private @Nullable Future<Multipart> target;
  private final List<Part> parts = new ArrayList<>();
  private long available;
  private long next;
  private int number;
  private int running;
  private boolean whole;
  private boolean stopped;
  private @Nullable Throwable failure;

  /**
   * @param from where in the file the first part begins
   * @param firstNumber of that part
   * @param begin gives the object, when the first part is to be sent
   */
  PartsWriter(
      Bucket bucket,
      FileChannel file,
      long partSize,
      long from,
      int firstNumber,
      Supplier<Future<Multipart>> begin) {
    this.bucket = bucket;
    this.file = file;
    this.partSize = partSize;
    this.available = from;
    this.next = from;
    this.number = firstNumber;
    this.begin = begin;
  }

  /** The file has at least so many bytes. */
  void grown(long size) {
    synchronized (this) {
      available = Math.max(available, size);
    }
    send();
  }

  /** Where the file must get to for the next part to be sent. */
  synchronized long nextEnd() {
    return next + partSize;
  }

  /** True if a part was sent, or is about to be. */
  synchronized boolean isBegun() {
    return target != null;
  }

  /** The object, once a part was begun. */
  synchronized Future<Multipart> target() {
    return target == null
        ? Future.failedFuture(new IllegalStateException("no part was begun"))
        : target;
  }

  /** Sends what is left of the file, which has {@code size} bytes now, and gives all parts. */
  Future<List<Part>> finish(long size) {
    synchronized (this) {
      available = size;
      whole = true;
    }
    send();
    return finished.future();
  }

  /** Sends nothing more; completes when nothing is on its way any more. */
  Future<@Nullable Multipart> stop() {
    synchronized (this) {
      stopped = true;
    }
    send();
    Future<Multipart> begun;
    synchronized (this) {
      begun = target;
    }
    return idle.future()
        .compose(
            v ->
                begun == null
                    ? Future.<@Nullable Multipart>succeededFuture()
                    : begun.<@Nullable Multipart>map(one -> one).otherwiseEmpty());
  }

  private void send() {
    boolean more;
    do {
      more = sendOne();
    } while (more);
    boolean ended;
    boolean quiet;
    Throwable cause;
    List<Part> all;
    synchronized (this) {
      quiet = running == 0 && (stopped || failure != null);
      ended = running == 0 && whole && next == available;
      cause = failure;
      all = List.copyOf(parts);
    }
    if (quiet) {
      idle.tryComplete();
    }
    if (cause != null && quiet) {
      finished.tryFail(cause);
    } else if (ended) {
      finished.tryComplete(all);
    }
  }

  private boolean sendOne() {
    Future<Multipart> to;
    int mine;
    long offset;
    long length;
    synchronized (this) {
      var left = available - next;
      if (stopped || failure != null || running == AT_ONCE || left == 0) {
        return false;
      }
      if (left < partSize && !whole) {
        return false;
      }
      if (target == null) {
        target = begin.get();
      }
      to = target;
      offset = next;
      length = Math.min(left, partSize);
      next += length;
      mine = number++;
      running++;
    }
    to.compose(multipart -> multipart.put(mine, new FileBody(bucket.disk(), file, offset, length)))
        .onComplete(
            done -> {
              synchronized (this) {
                running--;
                if (done.succeeded()) {
                  parts.add(done.result());
                } else if (failure == null) {
                  failure = done.cause();
                }
              }
              send();
            });
    return true;
  }
}
