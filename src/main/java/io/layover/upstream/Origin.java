package io.layover.upstream;

import io.layover.oci.RepositoryName;
import io.layover.storage.Blob;
import io.vertx.core.Future;

/** Where a blob comes from, and who is told how it goes. */
interface Origin {
  RepositoryName repository();

  /** The size that a manifest gives the blob, or {@link Blob#UNKNOWN}. */
  long expectedSize();

  /**
   * Asks the upstream for the bytes from {@code from} to the one before {@code to}, or to the end
   * if that is {@link Blob#UNKNOWN}.
   *
   * @param size of the blob, as far as it is known
   */
  Future<Piece> begin(long from, long to, long size);

  /** The blob is in the store, and its fill about to be forgotten. */
  Future<Void> published();

  /** The upstream did not do what it should; {@code what} ends the sentence that begins with it. */
  void failed(UpstreamFailure cause, String what);

  /** Something that came will not be taken. */
  UpstreamFailure refuse(Refusal reason, String message);

  /** It cannot be kept here, so that its readers get it past the store. */
  void uncached(Throwable cause);

  /** It ended without the blob. */
  void broke(Throwable cause);

  FillMeters meters();
}
