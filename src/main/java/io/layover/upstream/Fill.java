package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.Blob;
import io.layover.storage.FileBacked;
import io.layover.storage.Pump;
import io.layover.storage.Spool;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/**
 * One blob on its way from its upstream. It belongs to no client: whoever wants the blob reads what
 * is there and follows the rest, and whoever leaves changes nothing.
 */
final class Fill {
  /** Hidden from readers until the digest is verified, so that no one gets a whole wrong blob. */
  static final long WITHHELD = 16 << 10;

  private final Digest digest;
  private final RepositoryName repository;
  private final Promise<@Nullable Opened> opened = Promise.promise();

  /** A fill whose upstream has answered; {@code size} may be {@link Blob#UNKNOWN}. */
  private record Opened(Spool spool, long size) {}

  Fill(Digest digest, RepositoryName repository) {
    this.digest = digest;
    this.repository = repository;
  }

  /** The repository through which the blob is fetched. */
  RepositoryName repository() {
    return repository;
  }

  /**
   * The blob for one more reader, as soon as the upstream has begun to send it; null if there is
   * nothing to follow, and the store knows more.
   */
  Future<@Nullable Blob> join() {
    return SingleFlight.onCallersContext(opened.future())
        .map(there -> there != null && there.spool.retain() ? new Reader(there) : null);
  }

  /** The upstream has begun to send. */
  void open(Spool spool, long size) {
    opened.tryComplete(new Opened(spool, size));
  }

  /** Nothing is to be sent: the blob is in the store already. */
  void skip() {
    opened.tryComplete(null);
  }

  /** The upstream did not begin to send. */
  void fail(Throwable cause) {
    opened.tryFail(cause);
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
