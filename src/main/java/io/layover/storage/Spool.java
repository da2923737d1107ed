package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file that grows: bytes are taken from one stream at a time, hashed as they pass and written by
 * a disk thread, while any number of readers follow behind. The stream is paused when the disk is
 * slower, so at most {@link #QUEUE} bytes of it are in memory.
 *
 * <p>The last {@code withheld} bytes stay hidden from readers until {@link #release()}: nobody can
 * have received the whole of something that then turns out to be wrong.
 */
public final class Spool implements Pump.Input {
  private static final int QUEUE = 1 << 20;

  /** So many bytes at a time are sent to the disk on the way, lest all of them wait for the end. */
  private static final long SYNC_STEP = 16 << 20;

  private final Disk disk;
  private final Path file;
  private final FileChannel channel;
  private final String algorithm;

  /** Guarded by itself, so that readers never wait for it. */
  private final MessageDigest hash;

  private final long withheld;

  // Guarded by this.
  private final ArrayDeque<Buffer> queue = new ArrayDeque<>();
  private int queued;
  private boolean draining;
  private long written;
  private long syncing;
  private boolean released;
  private @Nullable Throwable failure;
  private List<Promise<Void>> waiting = new ArrayList<>();
  private @Nullable Source source;
  private int users = 1;

  private Spool(
      Disk disk,
      Path file,
      FileChannel channel,
      String algorithm,
      MessageDigest hash,
      long size,
      long withheld) {
    this.disk = disk;
    this.file = file;
    this.channel = channel;
    this.algorithm = algorithm;
    this.hash = hash;
    this.written = size;
    this.withheld = withheld;
  }

  /** A new, empty file. */
  public static Future<Spool> create(Disk disk, Path file, String algorithm, long withheld) {
    var hash = Digest.hasher(algorithm);
    return disk.run(
        () -> {
          var channel =
              FileChannel.open(
                  file,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.READ,
                  StandardOpenOption.WRITE);
          return new Spool(disk, file, channel, algorithm, hash, 0, withheld);
        });
  }

  /**
   * A file that was begun before. Its content is read once to continue the hash, unless {@code
   * known} already stands at the file's end.
   */
  public static Future<Spool> reopen(
      Disk disk, Path file, String algorithm, @Nullable Checkpoint known, long withheld) {
    return disk.run(
        () -> {
          var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
          try {
            var size = channel.size();
            var hash =
                known != null && known.size() == size && known.algorithm().equals(algorithm)
                    ? known.copy()
                    : rehash(channel, Digest.hasher(algorithm));
            return new Spool(disk, file, channel, algorithm, hash, size, withheld);
          } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
          }
        });
  }

  /** Where a hash stood after so many bytes, to go on from without reading them again. */
  public record Checkpoint(String algorithm, long size, MessageDigest hash) {
    private MessageDigest copy() {
      return cloneOf(hash);
    }
  }

  private static MessageDigest rehash(FileChannel channel, MessageDigest hash) throws IOException {
    var chunk = ByteBuffer.allocate(QUEUE);
    for (long at = 0; channel.read(chunk, at) > 0; ) {
      at += chunk.flip().remaining();
      hash.update(chunk);
      chunk.clear();
    }
    return hash;
  }

  private static MessageDigest cloneOf(MessageDigest hash) {
    try {
      return (MessageDigest) hash.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("every Java platform's SHA-2 can be copied", e);
    }
  }

  public Path file() {
    return file;
  }

  /** The number of bytes written so far. */
  public synchronized long size() {
    return written;
  }

  /** The digest of what is written so far. */
  public Digest digest() {
    return Digest.of(algorithm, checkpoint().hash().digest());
  }

  /** The hash as it stands while nothing is being appended. */
  public Checkpoint checkpoint() {
    synchronized (hash) {
      return new Checkpoint(algorithm, size(), cloneOf(hash));
    }
  }

  /**
   * Appends everything that {@code stream} yields. The future completes on the caller's context
   * when all of it is written; it fails if the stream breaks or the disk does, with what had
   * arrived before the break written all the same.
   *
   * @param limit the most bytes the file may have in the end; one more and the future fails with
   *     {@link TooLong}
   */
  public Future<Void> append(ReadStream<Buffer> stream, long limit) {
    var from = new Source(stream, limit, Vertx.currentContext());
    synchronized (this) {
      if (source != null) {
        return Future.failedFuture(new IllegalStateException("something else is being appended"));
      }
      source = from;
    }
    from.start();
    return from.done.future();
  }

  /** More arrived than was announced or is allowed. */
  public static final class TooLong extends IOException {
    private TooLong(long limit) {
      super("more than " + limit + " bytes");
    }
  }

  /** Shows readers all that was written: it is known to be right. */
  public void release() {
    List<Promise<Void>> wake;
    synchronized (this) {
      released = true;
      wake = takeWaiting();
    }
    wake.forEach(Promise::tryComplete);
  }

  /** Lets all readers, now and later, fail with {@code cause}. */
  public void fail(Throwable cause) {
    List<Promise<Void>> wake;
    synchronized (this) {
      if (failure == null) {
        failure = cause;
      }
      wake = takeWaiting();
    }
    wake.forEach(Promise::tryComplete);
  }

  /** Keeps the file open for one more user, each of which calls {@link #close} once. */
  public synchronized boolean retain() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  /** Ends one use; the last one closes the file, which stays where it is. */
  public void close() {
    synchronized (this) {
      if (--users != 0) {
        return;
      }
    }
    disk.run(
        () -> {
          channel.close();
          return null;
        });
  }

  /** Makes what is written survive power loss. */
  public Future<Void> sync() {
    return disk.run(
        () -> {
          channel.force(false);
          return null;
        });
  }

  /** The file that grows, for {@code sendfile} of what is {@link #available}. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * How many bytes from {@code position} on readers may have, waiting until there is at least one.
   * Completes with -1 at the end.
   */
  public Future<Long> available(long position) {
    Promise<Void> arrival;
    synchronized (this) {
      if (failure != null) {
        return Future.failedFuture(failure);
      }
      var available = (released ? written : written - withheld) - position;
      if (available > 0) {
        return Future.succeededFuture(available);
      }
      if (released) {
        return Future.succeededFuture(-1L);
      }
      arrival = Promise.promise();
      waiting.add(arrival);
    }
    return onCurrentContext(arrival.future()).compose(v -> available(position));
  }

  /**
   * How many bytes are written, as soon as there are more than {@code size}: also those that
   * readers may not have yet.
   */
  public Future<Long> grown(long size) {
    Promise<Void> growth;
    synchronized (this) {
      if (failure != null) {
        return Future.failedFuture(failure);
      }
      if (written > size) {
        return Future.succeededFuture(written);
      }
      growth = Promise.promise();
      waiting.add(growth);
    }
    return growth.future().compose(v -> grown(size));
  }

  @Override
  public Future<Integer> read(long position, ByteBuffer target) {
    return available(position)
        .compose(
            available -> {
              if (available < 0) {
                return Future.succeededFuture(-1);
              }
              if (available < target.remaining()) {
                target.limit(target.position() + available.intValue());
              }
              return disk.run(() -> channel.read(target, position));
            });
  }

  private static Future<Void> onCurrentContext(Future<Void> future) {
    var context = Vertx.currentContext();
    return context == null
        ? future
        : Future.fromCompletionStage(future.toCompletionStage(), context);
  }

  private List<Promise<Void>> takeWaiting() {
    var wake = waiting;
    waiting = new ArrayList<>();
    return wake;
  }

  /** On a disk thread: writes until the queue is empty. */
  private @Nullable Void drain() {
    var batch = new ArrayList<Buffer>();
    for (; ; ) {
      Source from;
      synchronized (this) {
        batch.clear();
        batch.addAll(queue);
        queue.clear();
        from = source;
        if (batch.isEmpty()) {
          draining = false;
          if (from != null) {
            from.drained();
          }
          return null;
        }
      }
      try {
        var count = writeAll(batch);
        List<Promise<Void>> wake;
        synchronized (this) {
          written += count;
          queued -= count;
          wake = takeWaiting();
        }
        wake.forEach(Promise::tryComplete);
        if (from != null) {
          from.wanted();
        }
        syncOnTheWay();
      } catch (IOException | RuntimeException e) {
        synchronized (this) {
          queue.clear();
          queued = 0;
          draining = false;
        }
        if (from != null) {
          from.fail(e);
        }
        return null;
      }
    }
  }

  private void syncOnTheWay() {
    synchronized (this) {
      if (written - syncing < SYNC_STEP || !retain()) {
        return;
      }
      syncing = Long.MAX_VALUE;
    }
    var upTo = size();
    sync()
        .onComplete(
            v -> {
              synchronized (this) {
                syncing = upTo;
              }
              close();
            });
  }

  private int writeAll(List<Buffer> batch) throws IOException {
    var count = 0;
    var position = size();
    for (var buffer : batch) {
      var bytes = ((BufferInternal) buffer).getByteBuf().nioBuffer();
      while (bytes.hasRemaining()) {
        position += channel.write(bytes, position);
      }
      // Only now: what a full disk did not take must not be in the hash either.
      synchronized (hash) {
        hash.update(bytes.rewind());
      }
      count += buffer.length();
    }
    return count;
  }

  /** One stream being appended. Its handlers run on the stream's own context. */
  private final class Source {
    private final ReadStream<Buffer> stream;
    private final long limit;
    private final @Nullable Context context;
    private final Promise<Void> done = Promise.promise();
    private boolean paused;
    private boolean ended;
    private @Nullable Throwable broken;

    private Source(ReadStream<Buffer> stream, long limit, @Nullable Context context) {
      this.stream = stream;
      this.limit = limit;
      this.context = context;
    }

    void start() {
      stream.exceptionHandler(e -> end(e));
      stream.endHandler(v -> end(null));
      stream.handler(this::accept);
      stream.resume();
    }

    private void accept(Buffer buffer) {
      var startDraining = false;
      synchronized (Spool.this) {
        if (ended) {
          return;
        }
        if (written + queued + buffer.length() > limit) {
          stream.pause();
          end(new TooLong(limit));
          return;
        }
        queue.add(buffer);
        queued += buffer.length();
        if (queued >= QUEUE && !paused) {
          paused = true;
          stream.pause();
        }
        if (!draining) {
          draining = true;
          startDraining = true;
        }
      }
      if (startDraining) {
        disk.run(Spool.this::drain);
      }
    }

    private void end(@Nullable Throwable cause) {
      synchronized (Spool.this) {
        if (ended) {
          return;
        }
        ended = true;
        broken = cause;
        if (!draining) {
          drained();
        }
      }
    }

    /** Guarded by the spool: the queue is empty, and if the stream is at its end all is written. */
    private void drained() {
      if (ended && source == this) {
        source = null;
        complete(broken);
      }
    }

    private void wanted() {
      synchronized (Spool.this) {
        if (!paused || queued > QUEUE / 2) {
          return;
        }
        paused = false;
      }
      onContext(stream::resume);
    }

    private void fail(Throwable cause) {
      synchronized (Spool.this) {
        ended = true;
        source = null;
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
}
