package io.layover.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Reads what must be in a file. */
public final class FileBytes {
  private FileBytes() {}

  /**
   * Fills the rest of a buffer from a file, and makes it ready to be read.
   *
   * @param name what the file holds, for the error
   * @throws EOFException if the file ends before
   */
  public static ByteBuffer read(FileChannel channel, long from, ByteBuffer target, Object name)
      throws IOException {
    while (target.hasRemaining()) {
      if (channel.read(target, from + target.position()) < 0) {
        throw new EOFException(name + " is shorter than it was");
      }
    }
    return target.flip();
  }
}
