package io.layover.storage.s3;

import io.layover.storage.Disk;
import io.layover.storage.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;

/** A part of a file as the body of a request, read as it is sent, and again if it is sent again. */
record FileBody(Disk disk, FileChannel channel, long offset, long length)
    implements AsyncRequestBody {
  private static final int CHUNK = 128 << 10;

  @Override
  public Optional<Long> contentLength() {
    return Optional.of(length);
  }

  @Override
  public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
    subscriber.onSubscribe(new Reader(subscriber));
  }

  private final class Reader implements Subscription {
    private final Subscriber<? super ByteBuffer> subscriber;
    private long position = offset;

    // Guarded by this.
    private long wanted;
    private boolean reading;
    private boolean ended;

    private Reader(Subscriber<? super ByteBuffer> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long count) {
      synchronized (this) {
        wanted = wanted + count < 0 ? Long.MAX_VALUE : wanted + count;
      }
      read();
    }

    @Override
    public synchronized void cancel() {
      ended = true;
    }

    private void read() {
      synchronized (this) {
        if (reading || ended || wanted == 0) {
          return;
        }
        reading = true;
      }
      disk.run(this::readPiece)
          .onSuccess(
              piece -> {
                var last = position == offset + length;
                synchronized (this) {
                  if (ended) {
                    return;
                  }
                  ended = last;
                  wanted--;
                }
                if (piece.hasRemaining()) {
                  subscriber.onNext(piece);
                }
                if (last) {
                  subscriber.onComplete();
                  return;
                }
                synchronized (this) {
                  reading = false;
                }
                read();
              })
          .onFailure(this::fail);
    }

    private void fail(Throwable cause) {
      synchronized (this) {
        if (ended) {
          return;
        }
        ended = true;
      }
      subscriber.onError(cause);
    }

    private ByteBuffer readPiece() throws IOException {
      var piece = ByteBuffer.allocate((int) Math.min(CHUNK, offset + length - position));
      FileBytes.read(channel, position, piece, "the file");
      position += piece.limit();
      return piece;
    }
  }
}
