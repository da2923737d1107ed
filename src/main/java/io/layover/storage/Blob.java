package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;

/** A blob open for reading. Whoever got it closes it. */
public interface Blob extends AutoCloseable {
  /** The size of a blob whose end is not known yet. */
  long UNKNOWN = -1;

  Digest digest();

  /** In bytes, or {@link #UNKNOWN} while an upstream sends it without having said how much. */
  long size();

  /**
   * Makes sure that these bytes can be had, before a client is told so; {@link #writeTo} writes
   * them. Fails with {@code BLOB_UNKNOWN} if the blob was deleted since it was opened.
   */
  default Future<Void> prepare(long offset, long length) {
    return Future.succeededFuture();
  }

  /**
   * Writes the bytes from {@code offset}, {@code length} of them or all to the end if {@link
   * #UNKNOWN}, at the pace of {@code sink}, and never ends it. The future fails if they cannot be
   * had or the sink is gone; what was written by then is not to be taken for the whole.
   */
  Future<Void> writeTo(WriteStream<Buffer> sink, long offset, long length);

  @Override
  void close();
}
