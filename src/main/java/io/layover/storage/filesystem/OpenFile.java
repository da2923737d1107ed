package io.layover.storage.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An open file that several readers share, and that may be held open for those to come; the last
 * one to leave closes it.
 */
final class OpenFile {
  private static final Logger LOG = LoggerFactory.getLogger(OpenFile.class);

  private final FileChannel channel;
  private final long size;
  private int holders = 1;
  private int readers;

  private OpenFile(FileChannel channel, long size) {
    this.channel = channel;
    this.size = size;
  }

  /** Opens a file and holds it. */
  static OpenFile open(Path path) throws IOException {
    var channel = FileChannel.open(path, StandardOpenOption.READ);
    return new OpenFile(channel, channel.size());
  }

  FileChannel channel() {
    return channel;
  }

  long size() {
    return size;
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
      try {
        // Closing a file that was only read gives a descriptor back and waits for nothing.
        channel.close();
      } catch (IOException e) {
        LOG.warn("a blob's file could not be closed", e);
      }
    }
  }
}
