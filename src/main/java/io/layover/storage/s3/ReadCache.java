package io.layover.storage.s3;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.TRUNCATE_EXISTING;
import static java.nio.file.StandardOpenOption.WRITE;

import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.Disk;
import io.layover.storage.HashSink;
import io.layover.storage.filesystem.FileBlobStore;
import io.layover.storage.filesystem.Layout;
import io.layover.trace.Spans;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies of blobs on the local disk, so that those that are asked for again and again cost S3
 * nothing. Only what was verified is kept, and what was not used for longest goes first.
 */
final class ReadCache {
  private static final Logger LOG = LoggerFactory.getLogger(ReadCache.class);

  /** Larger ones would have to wait too long for their last byte before the first can be sent. */
  private static final long SMALL = 512 << 10;

  /** What a file takes on a disk beyond its bytes. */
  private static final int OVERHEAD = 4096;

  /** Large ones that are copied at a time; readers have to share the way from S3 with these. */
  private static final int AT_ONCE = 4;

  /** After a copy has failed, as the disk is full, so long no large one is begun. */
  private static final long PAUSE_NANOS = Duration.ofMinutes(1).toNanos();

  private final Path directory;
  private final Disk disk;
  private final FileBlobStore files;
  private final long largest;
  private final Shelf<Digest> shelf;
  private final Remembered<Digest, Long> sizes = new Remembered<>(Caffeine.newBuilder());
  private final Set<Digest> copying = ConcurrentHashMap.newKeySet();
  private volatile long notBefore = System.nanoTime();

  private ReadCache(Path directory, Disk disk, FileBlobStore files, long limit, long largest) {
    this.directory = directory;
    this.disk = disk;
    this.files = files;
    this.largest = Math.min(largest, limit / 2);
    this.shelf = new Shelf<>(limit);
  }

  /**
   * Opens one that has no copies yet.
   *
   * @param directory that nobody else uses
   * @param limit the most bytes that all of them have
   * @param largest the most bytes that one of them has
   */
  static ReadCache open(Path directory, Disk disk, long limit, long largest) throws IOException {
    var files = FileBlobStore.ofCopies(new Layout(directory), disk);
    return new ReadCache(directory, disk, files, limit, largest);
  }

  private boolean admits(long size) {
    return size <= largest;
  }

  /**
   * The copy; null if there is none. One of a small blob is made first.
   *
   * @param load reads the blob from S3
   */
  Future<@Nullable Blob> open(Digest digest, long size, Supplier<Future<@Nullable Buffer>> load) {
    if (!admits(size)) {
      return Future.succeededFuture();
    }
    Future<@Nullable Long> kept =
        size > SMALL
            ? Future.succeededFuture(sizes.peek(digest))
            : sizes.get(digest, () -> load.get().compose(content -> keep(digest, content)));
    return kept.compose(known -> known == null ? Future.succeededFuture() : open(digest));
  }

  private Future<@Nullable Blob> open(Digest digest) {
    shelf.use(digest);
    return files
        .open(digest)
        .onSuccess(
            blob -> {
              // Where the blob was deleted while it was read, the reader has it, and nobody else.
              if (blob == null || sizes.peek(digest) == null) {
                forget(digest);
              }
            });
  }

  /** The content of the copy; null if there is none. */
  Future<@Nullable Buffer> read(Digest digest) {
    if (sizes.peek(digest) == null) {
      return Future.succeededFuture();
    }
    shelf.use(digest);
    return files.read(digest);
  }

  /** Makes a copy of a content that is known to be right. */
  Future<Void> offer(Digest digest, Buffer content) {
    return content.length() <= SMALL && admits(content.length())
        ? sizes.get(digest, () -> keep(digest, content)).mapEmpty()
        : Future.succeededFuture();
  }

  private Future<@Nullable Long> keep(Digest digest, @Nullable Buffer content) {
    return content == null
        ? Future.succeededFuture()
        : onShelf(digest, content.length(), () -> files.put(digest, content));
  }

  /**
   * Makes a copy of a large blob that somebody has just read, so that the next ones need not go to
   * S3. Nobody waits for it, whatever becomes of it.
   *
   * @param read writes the whole of it
   */
  void copy(Digest digest, long size, Function<WriteStream<Buffer>, Future<Void>> read) {
    if (size <= SMALL
        || !admits(size)
        || sizes.peek(digest) != null
        || System.nanoTime() - notBefore < 0
        || copying.size() >= AT_ONCE
        || !copying.add(digest)) {
      return;
    }
    Spans.within(
            "copy",
            () -> sizes.get(digest, () -> onShelf(digest, size, () -> receive(digest, read))))
        .onComplete(
            done -> {
              copying.remove(digest);
              if (sizes.peek(digest) == null) {
                forget(digest);
              }
            })
        .onFailure(
            e -> {
              if (!S3Failure.isAbsent(e) && !S3Failure.isCondition(e)) {
                LOG.warn("no copy of a blob could be made in {}: {}", directory, Reason.of(e));
                notBefore = System.nanoTime() + PAUSE_NANOS;
              }
            });
  }

  private Future<Void> receive(Digest digest, Function<WriteStream<Buffer>, Future<Void>> read) {
    var file = directory.resolve(digest.hex());
    return disk.run(() -> FileChannel.open(file, CREATE, TRUNCATE_EXISTING, WRITE))
        .compose(
            channel -> {
              var sink = new HashSink(disk, Digest.hasher(digest.algorithm()), channel);
              return read.apply(sink)
                  .compose(v -> sink.digest(digest.algorithm()))
                  .eventually(() -> close(channel));
            })
        .compose(
            actual ->
                actual.equals(digest)
                    ? files.publish(digest, file)
                    : Future.failedFuture(
                        new IOException("what S3 has under " + digest + " is " + actual)))
        .recover(
            e -> disk.run(() -> Files.deleteIfExists(file)).transform(v -> Future.failedFuture(e)));
  }

  private Future<Void> close(FileChannel channel) {
    return disk.run(
        () -> {
          channel.close();
          return null;
        });
  }

  /** Makes room for a copy, and then the copy. */
  private Future<@Nullable Long> onShelf(Digest digest, long size, Supplier<Future<Void>> make) {
    shelf.put(digest, size + OVERHEAD).forEach(this::forget);
    return make.get().<@Nullable Long>map(size).onFailure(e -> shelf.remove(digest));
  }

  Future<Void> forget(Digest digest) {
    shelf.remove(digest);
    sizes.forget(digest);
    return files.delete(digest).mapEmpty();
  }

  /** As {@link #forget}, unless somebody reads the copy; false if somebody does. */
  Future<Boolean> evict(Digest digest) {
    return files.evict(digest);
  }
}
