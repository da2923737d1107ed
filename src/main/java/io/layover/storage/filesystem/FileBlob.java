package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.storage.Disk;
import io.layover.storage.FileBacked;
import io.layover.storage.FileBytes;
import io.layover.storage.Pump;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.WriteStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A blob in a file that is complete. */
public final class FileBlob implements FileBacked {
  private final Digest digest;
  private final OpenFile file;
  private final Disk disk;

  FileBlob(Digest digest, OpenFile file, Disk disk) {
    this.digest = digest;
    this.file = file;
    this.disk = disk;
  }

  @Override
  public FileChannel channel() {
    return file.channel();
  }

  /** Some of its bytes if they are in memory, as those of a small blob are, or null. */
  public @Nullable Buffer inMemory(long offset, long length) {
    var bytes = file.bytes();
    return bytes == null
        ? null
        : BufferInternal.buffer(Unpooled.wrappedBuffer(bytes, (int) offset, (int) length));
  }

  /**
   * Some of its bytes, which the caller knows to be few: waits for the disk unless the kernel still
   * has them, as {@code sendfile} does.
   *
   * @throws IOException also if the file has lost some of them
   */
  public Buffer read(long offset, int length) throws IOException {
    return Buffer.buffer(
        FileBytes.read(channel(), offset, ByteBuffer.allocate(length), digest).array());
  }

  /** As {@link #read}, on a disk thread. */
  public Future<Buffer> fetch(long offset, int length) {
    return disk.run(() -> read(offset, length));
  }

  @Override
  public Future<Long> available(long position) {
    return Future.succeededFuture(position < size() ? size() - position : -1);
  }

  @Override
  public Digest digest() {
    return digest;
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public Future<Void> writeTo(WriteStream<Buffer> sink, long offset, long length) {
    var most = length < 0 ? size() - offset : length;
    var opened = file.cache();
    return opened != null
        ? Pump.copy(input(opened), sink, offset, most)
        : disk.run(file::openCache).compose(cache -> Pump.copy(input(cache), sink, offset, most));
  }

  private Pump.Input input(@Nullable PageCache cache) {
    return cache == null ? this::readWaiting : new HotInput(cache.reader());
  }

  private Future<Integer> readWaiting(long position, ByteBuffer target) {
    return disk.run(() -> channel().read(target, position));
  }

  /** Reads what is in memory at once, and now and then lets others have the event loop. */
  private final class HotInput implements Pump.Input {
    private static final int MOST_IN_A_ROW = 8;

    private final PageCache.Reader reader;
    private int inARow;

    HotInput(PageCache.Reader reader) {
      this.reader = reader;
    }

    @Override
    public Future<Integer> read(long position, ByteBuffer target) {
      if (inARow++ < MOST_IN_A_ROW) {
        return readNow(position, target);
      }
      inARow = 0;
      var context = ContextInternal.current();
      return context != null && context.nettyEventLoop().inEventLoop()
          ? nextTurn(context).compose(v -> readNow(position, target))
          : readWaiting(position, target);
    }

    private Future<Integer> readNow(long position, ByteBuffer target) {
      var count = reader.read(position, target);
      return count > 0 ? Future.succeededFuture(count) : readWaiting(position, target);
    }

    /** Completes when the event loop has looked after its connections. */
    private static Future<Void> nextTurn(ContextInternal context) {
      var turn = context.<Void>promise();
      // What is merely executed comes before the connections.
      context.nettyEventLoop().schedule(() -> turn.complete(), 0, TimeUnit.NANOSECONDS);
      return turn.future();
    }
  }

  @Override
  public void close() {
    file.leave();
  }
}
