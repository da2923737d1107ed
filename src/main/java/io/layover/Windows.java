package io.layover;

import io.layover.storage.MemoryShare;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;

/**
 * How much an HTTP/2 client may send before it has to wait for word from here. With the usual 64 KB
 * it waits most of the time, and a push over 20 ms gets 2 MB/s. What nobody has taken lies in the
 * heap, so where many are connected each may send less.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113#section-6.9">RFC 9113, 6.9,
 *     WINDOW_UPDATE</a>
 */
final class Windows {
  /** Bytes of one body; Go's servers allow as many. */
  static final int MOST = 1 << 20;

  private static final int LEAST = 64 << 10;
  private static final Windows SHARED = new Windows(new MemoryShare(12 << 20, LEAST, MOST));

  private final MemoryShare memory;

  /**
   * @param memory of all connections together, as long as they are few
   */
  Windows(MemoryShare memory) {
    this.memory = memory;
  }

  /** For each body of a connection, whose own window bounds them together. */
  static Http2Settings settings() {
    return new Http2Settings().setInitialWindowSize(MOST);
  }

  /** Gives a connection that was just accepted its share, until it is closed. */
  static void apply(HttpConnection connection) {
    SHARED.applyTo(connection);
  }

  void applyTo(HttpConnection connection) {
    if (connection.getWindowSize() > 0) {
      connection.setWindowSize(memory.enter());
      connection.closeHandler(v -> memory.leave());
    }
  }
}
