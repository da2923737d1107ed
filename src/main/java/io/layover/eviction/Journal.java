package io.layover.eviction;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A file to which blocks are appended, each with its length and its checksum. A block that is torn
 * or spoilt ends the file for whoever reads it, and for whoever goes on writing it.
 */
final class Journal implements Closeable {
  /** The most bytes of a block. */
  static final int LARGEST = 1 << 14;

  private static final long MAGIC = 0x6c61_796f_7665_7201L;
  private static final int HEAD = 2 * Integer.BYTES;
  private static final int READ_AHEAD = 1 << 18;

  private final Path file;
  private final FileChannel channel;
  private long size;

  private Journal(Path file, FileChannel channel, long size) {
    this.file = file;
    this.channel = channel;
    this.size = size;
  }

  /** An empty journal, in the place of whatever is there. */
  static Journal create(Path file) throws IOException {
    var channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE);
    var journal = new Journal(file, channel, 0);
    journal.write(ByteBuffer.allocate(Long.BYTES).putLong(MAGIC).flip());
    return journal;
  }

  /**
   * Opens a journal to go on with it; null if there is none, or no part of it is intact.
   *
   * @param reader is given each block, and says whether it makes sense
   */
  static @Nullable Journal open(Path file, Predicate<ByteBuffer> reader) throws IOException {
    var good = read(file, reader);
    if (good == 0) {
      return null;
    }
    var channel = FileChannel.open(file, StandardOpenOption.WRITE);
    channel.truncate(good);
    channel.position(good);
    return new Journal(file, channel, good);
  }

  /** Reads what can be relied on, and tells where it ends. */
  private static long read(Path file, Predicate<ByteBuffer> reader) throws IOException {
    try (var in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file), READ_AHEAD))) {
      if (in.readLong() != MAGIC) {
        return 0;
      }
      var good = (long) Long.BYTES;
      var block = new byte[LARGEST];
      try {
        for (; ; ) {
          var length = in.readInt();
          var checksum = in.readInt();
          if (length <= 0 || length > LARGEST) {
            return good;
          }
          in.readFully(block, 0, length);
          var content = ByteBuffer.wrap(block, 0, length);
          if (checksum(content) != checksum || !reader.test(content)) {
            return good;
          }
          good += HEAD + length;
        }
      } catch (EOFException e) {
        return good;
      }
    } catch (NoSuchFileException | EOFException e) {
      return 0;
    }
  }

  private static int checksum(ByteBuffer content) {
    var sum = new CRC32C();
    sum.update(content.duplicate());
    return (int) sum.getValue();
  }

  /**
   * Appends a block. If that fails, the journal ends where it did before, as far as the disk lets
   * it.
   */
  void append(ByteBuffer content) throws IOException {
    var block = ByteBuffer.allocate(HEAD + content.remaining());
    block.putInt(content.remaining()).putInt(checksum(content)).put(content).flip();
    try {
      write(block);
    } catch (IOException e) {
      channel.truncate(size);
      channel.position(size);
      throw e;
    }
  }

  private void write(ByteBuffer bytes) throws IOException {
    var length = bytes.remaining();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    size += length;
  }

  long size() {
    return size;
  }

  void sync() throws IOException {
    channel.force(false);
  }

  /** Puts it, as a whole, into the place of another file, where it goes on. */
  void moveTo(Path target) throws IOException {
    sync();
    Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
