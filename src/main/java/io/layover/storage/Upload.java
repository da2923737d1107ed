package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** An upload in progress, as one request has it: nobody else changes it meanwhile. */
public interface Upload {
  /** The number of bytes that had arrived when it was found. */
  long size();

  /**
   * Appends what {@code body} yields, and completes with the number of bytes that have arrived in
   * all. If the body breaks off, the future fails and what came before the break is kept.
   */
  Future<Long> append(ReadStream<Buffer> body);

  /**
   * Makes what has arrived, with {@code body} as its end, a blob of the store, which survives power
   * loss once the future has completed. Fails with {@code DIGEST_INVALID} if it is not {@code
   * digest}; then, and only then, the upload is gone.
   */
  Future<Void> finish(Digest digest, ReadStream<Buffer> body);

  /** Forgets it. */
  Future<Void> delete();
}
