package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Blobs by digest. A blob is visible whole and verified, or not at all. */
public interface BlobStore {
  /** The blob open for reading, or null if it is not stored. */
  Future<@Nullable Blob> open(Digest digest);

  /** The size in bytes, or null if the blob is not stored. */
  Future<@Nullable Long> size(Digest digest);

  /** True if the blob is stored now, whatever is remembered of it. */
  default Future<Boolean> isStored(Digest digest) {
    return size(digest).map(Objects::nonNull);
  }

  /** The whole content of a small blob, such as a manifest, or null if it is not stored. */
  Future<@Nullable Buffer> read(Digest digest);

  /**
   * Takes over a finished file whose content is known to be {@code digest}; it survives power loss
   * once the future has completed. The file is gone afterwards, also where the blob was there
   * already.
   */
  Future<Void> publish(Digest digest, Path file);

  /** Begins to take in a blob whose file has only begun to grow. */
  Ingest ingest(Digest digest, Spool spool);

  /** Stores a small content, such as a manifest, as {@link #publish} does. */
  Future<Void> put(Digest digest, Buffer content);

  /** Removes a blob; false if there was none. Readers that have it open finish. */
  Future<Boolean> delete(Digest digest);

  /** Where blobs are taken that may have to be put back. */
  default Aside aside() {
    return Aside.none(this);
  }

  /** Removes a blob, if it is there and nobody has it open; false if somebody has. */
  Future<Boolean> evict(Digest digest);

  /**
   * Runs an action that makes sure of a blob and then links to it. A store that evicts by itself
   * does not take the blob away in between.
   */
  default <T> Future<T> keeping(Digest digest, Supplier<Future<T>> action) {
    return action.get();
  }

  /** Tells of every blob, one after the other in no order, on a thread that may wait. */
  Future<Void> each(Visitor visitor);

  /** Is told of blobs. */
  interface Visitor {
    /**
     * A blob that is there.
     *
     * @param used when it was last read or written, as far as the storage knows
     */
    void blob(Digest digest, long size, Instant used);
  }
}
