package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.storage.FileBacked;
import io.layover.storage.Pump;
import io.layover.storage.Spool;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.channels.FileChannel;

/** A reader of a blob that is on its way: it reads what is there, and follows the rest. */
final class Follower implements FileBacked {
  private final Digest digest;
  private final Spool spool;
  private final long size;
  private final long gap;
  private final Detour detour;
  private final Audience audience;

  /**
   * @param size of the blob, {@link #UNKNOWN} if its upstream does not say
   * @param gap how far ahead of the file this reader waits for it
   */
  Follower(Digest digest, Spool spool, long size, long gap, Detour detour, Audience audience) {
    this.digest = digest;
    this.spool = spool;
    this.size = size;
    this.gap = gap;
    this.detour = detour;
    this.audience = audience;
    audience.enter();
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
  public FileChannel channel() {
    return spool.channel();
  }

  @Override
  public Future<Long> available(long position) {
    return isFar(position) ? Future.succeededFuture(0L) : spool.available(position);
  }

  private boolean isFar(long position) {
    return position - spool.size() > gap;
  }

  @Override
  public Future<Void> writeTo(WriteStream<Buffer> sink, long offset, long length) {
    var end = length == UNKNOWN ? size : offset + length;
    return isFar(offset) && end != UNKNOWN
        ? detour.ahead(sink, offset, end, size).compose(reached -> follow(sink, reached, end))
        : follow(sink, offset, end);
  }

  private Future<Void> follow(WriteStream<Buffer> sink, long from, long end) {
    return Pump.copy(spool, sink, from, end == UNKNOWN ? UNKNOWN : end - from)
        .recover(
            e ->
                e instanceof Spool.Elsewhere rest
                    ? goRound(sink, rest.position(), end)
                    : Future.failedFuture(e));
  }

  /** The storage took no more than what is there. */
  private Future<Void> goRound(WriteStream<Buffer> sink, long from, long end) {
    var written = spool.checkpoint();
    return end == size && from <= written.size()
        ? spool
            .written(from)
            .compose(held -> detour.rest(sink, written.size(), size, written.copy(), held, null))
        : detour.part(sink, from, end, size);
  }

  @Override
  public void close() {
    audience.leave();
    spool.close();
  }
}
