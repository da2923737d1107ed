package io.layover.storage;

import io.vertx.core.Future;
import java.nio.channels.FileChannel;

/**
 * A blob in a file, which can go to a socket without passing through this process. The file may
 * still be growing.
 */
public interface FileBacked extends Blob {
  /** The open file; valid until {@link #close()}. */
  FileChannel channel();

  /**
   * How many bytes from {@code position} on may be read, waiting until there is at least one.
   * Completes with -1 at the end, and with 0 if they do not come into the file in time: {@link
   * #writeTo} knows another way.
   */
  Future<Long> available(long position);
}
