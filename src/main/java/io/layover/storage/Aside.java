package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import java.time.Instant;

/**
 * Where blobs go that seem to be needed no more: out of sight of everybody, and still there, until
 * it is certain that nobody has come to need them meanwhile.
 */
public interface Aside {
  /** Takes a blob out of sight; false if it is not there, or was written after {@code before}. */
  Future<Boolean> take(Digest digest, Instant before);

  /** Puts a blob back in its place, unless it has come there again. */
  Future<Void> putBack(Digest digest);

  /** Deletes a blob that was taken. */
  Future<Void> drop(Digest digest);

  /** For a store that cannot move what it holds: what is taken is deleted at once. */
  static Aside none(BlobStore blobs) {
    return new Aside() {
      @Override
      public Future<Boolean> take(Digest digest, Instant before) {
        return blobs.delete(digest);
      }

      @Override
      public Future<Void> putBack(Digest digest) {
        return Future.succeededFuture();
      }

      @Override
      public Future<Void> drop(Digest digest) {
        return Future.succeededFuture();
      }
    };
  }
}
