package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A blob that cannot be kept: every reader gets it from the upstream. */
final class Bypass implements Blob {
  private final Digest digest;
  private final long size;
  private final Detour detour;
  private final AtomicReference<@Nullable Piece> begun;
  private final Context context;

  /**
   * @param begun the upstream's first answer, for the reader who asked for it if that one wants all
   * @param context where that reader is served
   */
  Bypass(
      Digest digest,
      long size,
      Detour detour,
      AtomicReference<@Nullable Piece> begun,
      Context context) {
    this.digest = digest;
    this.size = size;
    this.detour = detour;
    this.begun = begun;
    this.context = context;
  }

  @Override
  public Digest digest() {
    return digest;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public Future<Void> writeTo(WriteStream<Buffer> sink, long offset, long length) {
    var end = length == UNKNOWN ? size : offset + length;
    if (offset != 0 || end != size) {
      return detour.part(sink, offset, end, size);
    }
    var hash = Digest.hasher(digest.algorithm());
    return detour.rest(sink, 0, size, hash, Buffer.buffer(), takeBegun());
  }

  private @Nullable Piece takeBegun() {
    return context.equals(Vertx.currentContext()) ? begun.getAndSet(null) : null;
  }

  @Override
  public void close() {
    var unused = takeBegun();
    if (unused != null) {
      unused.answer().abandon();
    }
  }
}
