package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.Disk;
import io.layover.storage.Pump;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.nio.channels.FileChannel;

/** A blob in a file, which can go to a socket without passing through this process. */
public final class FileBlob implements Blob {
  private final Digest digest;
  private final OpenFile file;
  private final Disk disk;

  FileBlob(Digest digest, OpenFile file, Disk disk) {
    this.digest = digest;
    this.file = file;
    this.disk = disk;
  }

  /** The open file, for {@code sendfile}; valid until {@link #close()}. */
  public FileChannel channel() {
    return file.channel();
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
    return Pump.copy(
        (position, target) -> disk.run(() -> channel().read(target, position)),
        sink,
        offset,
        length < 0 ? size() - offset : length);
  }

  @Override
  public void close() {
    file.release();
  }
}
