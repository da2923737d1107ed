package io.layover.storage;

import io.vertx.core.Future;

/**
 * A blob on its way into a store, from a file that still grows. A store may take bytes ahead of the
 * end, but shows nobody the blob before it is committed.
 */
public interface Ingest {
  /**
   * Makes the file, which is whole now and known to be right, a blob of the store, as {@link
   * BlobStore#publish} does.
   */
  Future<Void> commit();

  /** Forgets what was taken ahead. The file remains the caller's. */
  Future<Void> abandon();
}
