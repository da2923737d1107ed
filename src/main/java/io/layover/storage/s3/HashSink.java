package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.storage.Disk;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Hashes what is written to it, on threads that have the time. */
final class HashSink implements WriteStream<Buffer> {
  private final Disk disk;
  private final MessageDigest hash;
  private Future<Void> last = Future.succeededFuture();

  HashSink(Disk disk, MessageDigest hash) {
    this.disk = disk;
    this.hash = hash;
  }

  @Override
  public synchronized Future<Void> write(Buffer bytes) {
    last =
        last.compose(
            v ->
                disk.run(
                    () -> {
                      hash.update(bytes.getBytes());
                      return null;
                    }));
    return last;
  }

  /** The digest of all that was written. */
  synchronized Future<Digest> digest(String algorithm) {
    return last.map(v -> Digest.of(algorithm, hash.digest()));
  }

  @Override
  public Future<Void> end() {
    return Future.succeededFuture();
  }

  @Override
  public WriteStream<Buffer> exceptionHandler(@Nullable Handler<Throwable> handler) {
    return this;
  }

  @Override
  public WriteStream<Buffer> setWriteQueueMaxSize(int size) {
    return this;
  }

  @Override
  public boolean writeQueueFull() {
    return false;
  }

  @Override
  public WriteStream<Buffer> drainHandler(@Nullable Handler<Void> handler) {
    return this;
  }
}
