package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file that grows: bytes are taken from one stream at a time, hashed as they pass and written by
 * a disk thread, while any number of readers follow behind.
 *
 * <p>The last {@code withheld} bytes stay hidden from readers until {@link #release()}: nobody can
 * have received the whole of something that then turns out to be wrong.
 */
public final class Spool implements Pump.Input {
  private static final Set<OpenOption> NEW =
      Set.of(
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.CREATE,
          StandardOpenOption.TRUNCATE_EXISTING);
  private static final Set<OpenOption> OLD =
      Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);

  /** So many bytes at a time are sent to the disk on the way, lest all of them wait for the end. */
  private static final long SYNC_STEP = 4 << 20;

  /** What is sent at least when no more comes for the time being. */
  private static final long SYNC_LEAST = 1 << 20;

  private static final int CHUNK = 256 << 10;

  private final Disk disk;
  private final Path file;
  private final FileChannel channel;
  private final String algorithm;

  /** Guarded by itself, so that readers never wait for it. */
  private final MessageDigest hash;

  /** How much of the file is in the hash; only the disk thread that writes asks. */
  private long hashed;

  /** Where the next byte of what is being appended belongs; only its disk thread asks. */
  private long position;

  private final Growth growth;
  private final Promise<Void> closed = Promise.promise();

  /** Completes once all of the file is in the hash. */
  private Future<Void> ready = Future.succeededFuture();

  // Guarded by this.
  private boolean appending;
  private long syncing;
  private int users = 1;

  private Spool(
      Disk disk, Path file, FileChannel channel, long size, long withheld, Checkpoint start) {
    this.disk = disk;
    this.file = file;
    this.channel = channel;
    this.algorithm = start.algorithm;
    this.hash = start.copy();
    this.hashed = start.size;
    this.growth = new Growth(size, withheld);
  }

  /** A new, empty file. */
  public static Future<Spool> create(Disk disk, Path file, String algorithm, long withheld) {
    return open(disk, file, NEW, Checkpoint.start(algorithm), withheld);
  }

  /**
   * A file that was begun before. Readers may have what is there at once; it is read once to
   * continue the hash, for which everything that is appended waits.
   */
  public static Future<Spool> resume(Disk disk, Path file, String algorithm, long withheld) {
    return open(disk, file, OLD, Checkpoint.start(algorithm), withheld)
        .onSuccess(spool -> spool.ready = spool.catchUp());
  }

  /**
   * A file that was begun before, once its content is in the hash. It is read for that, unless
   * {@code known} already stands at the file's end.
   */
  public static Future<Spool> reopen(
      Disk disk, Path file, String algorithm, @Nullable Checkpoint known, long withheld) {
    var start =
        known == null || !known.algorithm.equals(algorithm) ? Checkpoint.start(algorithm) : known;
    return open(disk, file, OLD, start, withheld)
        .compose(spool -> spool.catchUp().map(spool).onFailure(e -> spool.close()));
  }

  private static Future<Spool> open(
      Disk disk, Path file, Set<OpenOption> how, Checkpoint known, long withheld) {
    return disk.run(
        () -> {
          var channel = FileChannel.open(file, how);
          var size = channel.size();
          var start = known.size == size ? known : Checkpoint.start(known.algorithm);
          return new Spool(disk, file, channel, size, withheld, start);
        });
  }

  /** Where a hash stood after so many bytes, to go on from without reading them again. */
  public record Checkpoint(String algorithm, long size, MessageDigest hash) {
    private static Checkpoint start(String algorithm) {
      return new Checkpoint(algorithm, 0, Digest.hasher(algorithm));
    }

    /** The same hash, to be continued. */
    public MessageDigest copy() {
      return cloneOf(hash);
    }
  }

  private static MessageDigest cloneOf(MessageDigest hash) {
    try {
      return (MessageDigest) hash.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("every Java platform's SHA-2 can be copied", e);
    }
  }

  private Future<Void> catchUp() {
    return hashed == size() ? Future.succeededFuture() : disk.run(this::rehash);
  }

  private @Nullable Void rehash() throws IOException {
    var chunk = ByteBuffer.allocate(CHUNK);
    for (var end = size(); hashed < end; ) {
      chunk.clear().limit((int) Math.min(CHUNK, end - hashed));
      FileBytes.read(channel, hashed, chunk, file.getFileName());
      synchronized (hash) {
        hash.update(chunk);
      }
      hashed += chunk.limit();
    }
    return null;
  }

  public Path file() {
    return file;
  }

  /** The number of bytes written so far. */
  public long size() {
    return growth.written();
  }

  /** The last of what is written so far, from a position on that is not far from its end. */
  public Future<Buffer> written(long from) {
    var size = (int) (size() - from);
    return disk.run(
        () -> {
          var tail = ByteBuffer.allocate(size);
          FileBytes.read(channel, from, tail, file.getFileName());
          return Buffer.buffer(tail.array());
        });
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

  /** Appends everything that {@code stream} yields; see {@link #append(ReadStream, long, long)}. */
  public Future<Void> append(ReadStream<Buffer> stream, long limit) {
    return append(stream, size(), limit);
  }

  /**
   * Appends what {@code stream} yields from {@code start} on, of which a part may be written
   * already: that is only compared, and the future fails with {@link Changed} where it differs. It
   * completes on the caller's context when all of it is written; it fails if the stream breaks or
   * the disk does, with what had arrived before the break written all the same.
   *
   * @param stream paused, unless this file is new
   * @param limit the most bytes the file may have in the end; one more and the future fails with
   *     {@link TooLong}
   */
  public Future<Void> append(ReadStream<Buffer> stream, long start, long limit) {
    synchronized (this) {
      if (appending || start > size()) {
        return Future.failedFuture(new IllegalStateException("this cannot be appended now"));
      }
      appending = true;
    }
    position = start;
    var intake = new Intake(disk, this::take, stream, start, limit);
    return (ready.succeeded() ? intake.start() : ready.compose(v -> intake.start()))
        .onComplete(v -> doneAppending());
  }

  private synchronized void doneAppending() {
    appending = false;
  }

  /** More arrived than was announced or is allowed. */
  public static final class TooLong extends IOException {
    TooLong(long limit) {
      super("more than " + limit + " bytes");
    }
  }

  /** What was appended is not what is written there already. */
  public static final class Changed extends IOException {
    private Changed(long at) {
      super("other bytes than before, from byte " + at + " on");
    }
  }

  /** The bytes from a position on do not come into this file. */
  public static final class Elsewhere extends IOException {
    private final long position;

    Elsewhere(long position) {
      super("nothing more is written, from byte " + position + " on");
      this.position = position;
    }

    public long position() {
      return position;
    }
  }

  /** Says how many bytes there will be, so that only the last of these need to be withheld. */
  public void announce(long size) {
    growth.announce(size);
  }

  /** How many bytes there will be, or {@link Blob#UNKNOWN}. */
  public long announced() {
    return growth.announced();
  }

  /** Shows readers all that was written: it is known to be right. */
  public void release() {
    growth.release();
  }

  /** Nothing more is written; readers have to get the rest elsewhere. */
  public void halt() {
    growth.halt();
  }

  /** Lets all readers, now and later, fail with {@code cause}. */
  public void fail(Throwable cause) {
    growth.fail(cause);
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
    disk.<Void>run(
            () -> {
              channel.close();
              return null;
            })
        .onComplete(closed);
  }

  /** Completes when nobody uses the file any more. */
  public Future<Void> closed() {
    return closed.future();
  }

  /** Makes what is written survive power loss. */
  public Future<Void> sync() {
    return disk.run(
        () -> {
          channel.force(false);
          return null;
        });
  }

  /** Lets much that is written go to the disk, as no more comes for the time being. */
  public void syncBehind() {
    syncBehind(SYNC_LEAST);
  }

  /** The file that grows, for {@code sendfile} of what is {@link #available}. */
  public FileChannel channel() {
    return channel;
  }

  /**
   * How many bytes from {@code position} on readers may have, waiting until there is at least one.
   * Completes with -1 at the end, and with 0 if the rest has to be had elsewhere.
   */
  public Future<Long> available(long position) {
    return growth.available(position);
  }

  /**
   * How many bytes are written, as soon as there are more than {@code size}: also those that
   * readers may not have yet.
   */
  public Future<Long> grown(long size) {
    return growth.grown(size);
  }

  /** As {@link Pump.Input} says; fails with {@link Elsewhere} where nothing more is written. */
  @Override
  public Future<Integer> read(long position, ByteBuffer target) {
    return available(position)
        .compose(
            available -> {
              if (available < 0) {
                return Future.succeededFuture(-1);
              }
              if (available == 0) {
                return Future.failedFuture(new Elsewhere(position));
              }
              if (available < target.remaining()) {
                target.limit(target.position() + available.intValue());
              }
              return disk.run(() -> channel.read(target, position));
            });
  }

  private void take(List<Buffer> batch) throws IOException {
    var before = hashed;
    try {
      for (var buffer : batch) {
        take(((BufferInternal) buffer).getByteBuf().nioBuffer());
      }
    } finally {
      // What a full disk did not take is in neither; readers see a batch at once.
      growth.add(hashed - before);
    }
    syncBehind(SYNC_STEP);
  }

  private void take(ByteBuffer bytes) throws IOException {
    var known = (int) Math.min(bytes.remaining(), hashed - position);
    if (known > 0) {
      compare(bytes.slice(0, known));
    }
    var fresh = bytes.slice(known, bytes.remaining() - known);
    while (fresh.hasRemaining()) {
      channel.write(fresh, hashed + fresh.position());
    }
    synchronized (hash) {
      hash.update(fresh.rewind());
    }
    hashed += fresh.limit();
    position += bytes.remaining();
  }

  private void compare(ByteBuffer bytes) throws IOException {
    var written = ByteBuffer.allocate(bytes.remaining());
    FileBytes.read(channel, position, written, file.getFileName());
    var difference = written.mismatch(bytes);
    if (difference >= 0) {
      throw new Changed(position + difference);
    }
  }

  /**
   * The bytes are on their way to another place: none of them is sent to the disk before it must
   * be.
   */
  public void passing() {
    synchronized (this) {
      syncing = Long.MAX_VALUE;
    }
  }

  /** Sends what is written to the disk, unless it is less than {@code least} bytes. */
  private void syncBehind(long least) {
    synchronized (this) {
      if (size() - syncing < least || !retain()) {
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
}
