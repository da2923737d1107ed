package io.layover.storage.filesystem;

import io.layover.storage.FileBytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open file that several readers share, and that may be held open for those to come; the last
 * one to leave closes it.
 */
final class OpenFile {
  private static final Logger LOG = LoggerFactory.getLogger(OpenFile.class);

  /**
   * The largest file whose bytes are kept, too: a small answer then asks the kernel for nothing.
   */
  private static final int LARGEST_KEPT = 16 << 10;

  private final Path path;
  private final FileChannel channel;
  private final long size;
  private final byte @Nullable [] bytes;
  private volatile @Nullable PageCache cache;
  private int holders = 1;
  private int readers;

  private OpenFile(Path path, FileChannel channel, long size, byte @Nullable [] bytes) {
    this.path = path;
    this.channel = channel;
    this.size = size;
    this.bytes = bytes;
  }

  /** Opens a file and holds it. */
  static OpenFile open(Path path) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      var size = channel.size();
      var bytes = size <= LARGEST_KEPT ? read(channel, size, path) : null;
      return new OpenFile(path, channel, size, bytes);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static byte[] read(FileChannel channel, long size, Path path) throws IOException {
    return FileBytes.read(channel, 0, ByteBuffer.allocate((int) size), path.getFileName()).array();
  }

  /** All of its bytes if they are few, or null; nobody may change them. */
  byte @Nullable [] bytes() {
    return bytes;
  }

  FileChannel channel() {
    return channel;
  }

  long size() {
    return size;
  }

  /** What reads it without waiting, if {@link #openCache} has opened that. */
  @Nullable PageCache cache() {
    return cache;
  }

  /** Opens it to be read without waiting, where that is possible; null if it is closed. */
  synchronized @Nullable PageCache openCache() {
    if (cache == null && !isClosed()) {
      cache = PageCache.open(path);
    }
    return cache;
  }

  /** Adds a holder; false if the file is closed already. */
  synchronized boolean hold() {
    if (isClosed()) {
      return false;
    }
    holders++;
    return true;
  }

  synchronized void drop() {
    holders--;
    closeIfUnused();
  }

  /** Adds a reader; false if the file is closed already. */
  synchronized boolean read() {
    if (isClosed()) {
      return false;
    }
    readers++;
    return true;
  }

  synchronized void leave() {
    readers--;
    closeIfUnused();
  }

  /** True while there are readers. */
  synchronized boolean isRead() {
    return readers > 0;
  }

  private boolean isClosed() {
    return holders + readers == 0;
  }

  private void closeIfUnused() {
    if (isClosed()) {
      var opened = cache;
      if (opened != null) {
        opened.close();
      }
      try {
        // Closing a file that was only read gives a descriptor back and waits for nothing.
        channel.close();
      } catch (IOException e) {
        LOG.warn("a blob's file could not be closed", e);
      }
    }
  }
}
