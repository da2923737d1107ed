package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.filesystem.FileBlobStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies of small blobs on the local disk, so that those that are asked for again and again cost S3
 * nothing. Only what was verified is kept, and the least used goes first.
 */
final class ReadCache {
  /** Larger ones would have to wait too long for their last byte before the first can be sent. */
  private static final long LARGEST = 512 << 10;

  /** What a file takes on a disk beyond its bytes. */
  private static final int OVERHEAD = 4096;

  private final FileBlobStore files;
  private final long limit;
  private final Remembered<Digest, Long> sizes;

  /**
   * @param files that nobody else uses, and that are empty
   * @param limit the most bytes that all of them have
   */
  ReadCache(FileBlobStore files, long limit) {
    this.files = files;
    this.limit = limit;
    this.sizes =
        new Remembered<>(
            Caffeine.newBuilder()
                .maximumWeight(limit)
                .weigher((Digest digest, Long size) -> size.intValue() + OVERHEAD)
                .removalListener(
                    (@Nullable Digest digest, @Nullable Long size, RemovalCause cause) ->
                        remove(digest, cause)));
  }

  private void remove(@Nullable Digest digest, RemovalCause cause) {
    if (digest != null && cause != RemovalCause.REPLACED) {
      files.delete(digest);
    }
  }

  boolean admits(long size) {
    return size <= Math.min(LARGEST, limit / 2);
  }

  /** The copy, which is made first where there is none; null if there is none after all. */
  Future<@Nullable Blob> open(Digest digest, Supplier<Future<@Nullable Buffer>> load) {
    return sizes
        .get(digest, () -> load.get().compose(content -> keep(digest, content)))
        .compose(size -> size == null ? Future.succeededFuture() : files.open(digest))
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
    return sizes.peek(digest) == null ? Future.succeededFuture() : files.read(digest);
  }

  /** Makes a copy of a content that is known to be right. */
  Future<Void> offer(Digest digest, Buffer content) {
    return admits(content.length())
        ? sizes.get(digest, () -> keep(digest, content)).mapEmpty()
        : Future.succeededFuture();
  }

  private Future<@Nullable Long> keep(Digest digest, @Nullable Buffer content) {
    return content == null
        ? Future.succeededFuture()
        : files.put(digest, content).map((long) content.length());
  }

  Future<Void> forget(Digest digest) {
    sizes.forget(digest);
    return files.delete(digest).mapEmpty();
  }

  /** As {@link #forget}, unless somebody reads the copy; false if somebody does. */
  Future<Boolean> evict(Digest digest) {
    return files.evict(digest);
  }
}
