package io.layover.storage.filesystem;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An open file that several readers share; the last one to leave closes it. */
final class OpenFile {
  private static final Logger LOG = LoggerFactory.getLogger(OpenFile.class);

  private final FileChannel channel;
  private final long size;
  private int users = 1;

  private OpenFile(FileChannel channel, long size) {
    this.channel = channel;
    this.size = size;
  }

  /** Opens a file for one user. */
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

  /** Adds a user; false if the file is closed already. */
  synchronized boolean retain() {
    if (users == 0) {
      return false;
    }
    users++;
    return true;
  }

  synchronized void release() {
    if (--users == 0) {
      try {
        // Closing a file that was only read gives a descriptor back and waits for nothing.
        channel.close();
      } catch (IOException e) {
        LOG.warn("a blob's file could not be closed", e);
      }
    }
  }
}
