package io.layover.http;

import io.layover.storage.Blob;
import io.layover.storage.FileBacked;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.impl.VertxConnection;
import io.vertx.core.streams.WriteStream;
import java.io.EOFException;

/**
 * A body whose file grows while it is sent. Vert.x offers {@code sendfile} for whole bodies only,
 * so the pieces are given to the connection below the response, one at a time: the kernel takes
 * them from its cache, and a slow client holds nothing in memory.
 */
final class GrowingBody {
  private static final long PIECE = 512 << 10;

  private final VertxConnection connection;
  private final WriteStream<Buffer> response;
  private final FileBacked file;
  private final Promise<Void> done = Promise.promise();
  private final long offset;
  private long position;
  private long left;

  /**
   * @param length {@link Blob#UNKNOWN} for all to the end
   */
  GrowingBody(
      VertxConnection connection,
      WriteStream<Buffer> response,
      FileBacked file,
      long offset,
      long length) {
    this.connection = connection;
    this.response = response;
    this.file = file;
    this.offset = offset;
    this.position = offset;
    this.left = length;
  }

  /** Sends all of it, after the head that is out; the response is not ended. */
  Future<Void> send() {
    step();
    return done.future();
  }

  /** The bytes that are out of which the response knows nothing. */
  long sent() {
    return position - offset;
  }

  private void step() {
    if (left == 0) {
      done.tryComplete();
      return;
    }
    file.available(position).onSuccess(this::sendPiece).onFailure(done::tryFail);
  }

  private void sendPiece(long available) {
    if (available < 0) {
      if (left > 0) {
        done.tryFail(new EOFException(left + " bytes are missing at the end"));
      } else {
        done.tryComplete();
      }
      return;
    }
    if (available == 0) {
      file.writeTo(response, position, left).onComplete(done);
      return;
    }
    var count = Math.min(available, left < 0 ? PIECE : Math.min(PIECE, left));
    var written = connection.context().<Void>promise();
    connection.sendFile(file.channel(), position, count).addListener(written);
    written
        .future()
        .onSuccess(
            v -> {
              position += count;
              if (left > 0) {
                left -= count;
              }
              step();
            })
        .onFailure(done::tryFail);
  }
}
