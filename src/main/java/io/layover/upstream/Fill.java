package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.FileBacked;
import io.layover.storage.Pump;
import io.layover.storage.Spool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.channels.FileChannel;

/**
 * One blob on its way from its upstream. It belongs to no client: whoever wants the blob reads what
 * is there and follows the rest, and whoever leaves changes nothing.
 */
final class Fill {
  /** Hidden from readers until the digest is verified, so that no one gets a whole wrong blob. */
  static final long WITHHELD = 16 << 10;

  private final Digest digest;
  private final Promise<Opened> opened = Promise.promise();
  private final Promise<Void> published = Promise.promise();

  /** A fill whose upstream has answered; {@code size} may be {@link Blob#UNKNOWN}. */
  private record Opened(Spool spool, long size) {}

  Fill(Digest digest) {
    this.digest = digest;
  }

  /** Completes when the blob is in the store, or fails when it never will be. */
  Future<Void> published() {
    return published.future();
  }

  /**
   * The blob for one more reader, as soon as the upstream has begun to send it; null if the fill
   * has ended meanwhile, and the store knows more.
   */
  Future<Blob> join() {
    return SingleFlight.onCallersContext(opened.future())
        .map(there -> there.spool.retain() ? new Reader(there) : null);
  }

  void open(Spool spool, long size) {
    opened.complete(new Opened(spool, size));
  }

  void succeed() {
    published.complete();
    opened.tryFail(new IllegalStateException("published without having been opened"));
  }

  void fail(Throwable cause) {
    opened.tryFail(cause);
    published.tryFail(cause);
  }

  private final class Reader implements FileBacked {
    private final Opened there;

    private Reader(Opened there) {
      this.there = there;
    }

    @Override
    public Digest digest() {
      return digest;
    }

    @Override
    public long size() {
      return there.size;
    }

    @Override
    public FileChannel channel() {
      return there.spool.channel();
    }

    @Override
    public Future<Long> available(long position) {
      return there.spool.available(position);
    }

    @Override
    public Future<Void> writeTo(WriteStream<Buffer> sink, long offset, long length) {
      var end = there.size == UNKNOWN || length != UNKNOWN ? length : there.size - offset;
      return Pump.copy(there.spool, sink, offset, end);
    }

    @Override
    public void close() {
      there.spool.close();
    }
  }
}
