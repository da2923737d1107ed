package io.layover.storage;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/** Hashes what is written to it, and puts it into a file, on threads that have the time. */
public final class HashSink implements WriteStream<Buffer> {
  private final Disk disk;
  private final MessageDigest hash;
  private final @Nullable FileChannel file;
  private Future<Void> last = Future.succeededFuture();

  /**
   * @param file empty, and closed by others; absent: the bytes are not kept
   */
  public HashSink(Disk disk, MessageDigest hash, @Nullable FileChannel file) {
    this.disk = disk;
    this.hash = hash;
    this.file = file;
  }

  /** The digest that the bytes of a blob have, whatever it is called. It is closed then. */
  public static Future<Digest> digestOf(Blob blob, Disk disk) {
    var algorithm = blob.digest().algorithm();
    var sink = new HashSink(disk, Digest.hasher(algorithm), null);
    return blob.writeTo(sink, 0, blob.size())
        .compose(v -> sink.digest(algorithm))
        .onComplete(done -> blob.close());
  }

  @Override
  public synchronized Future<Void> write(Buffer bytes) {
    last =
        last.compose(v -> disk.run(() -> take(((BufferInternal) bytes).getByteBuf().nioBuffer())));
    return last;
  }

  private @Nullable Void take(ByteBuffer bytes) throws IOException {
    hash.update(bytes.duplicate());
    while (file != null && bytes.hasRemaining()) {
      file.write(bytes);
    }
    return null;
  }

  /** The digest of all that was written. */
  public synchronized Future<Digest> digest(String algorithm) {
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
