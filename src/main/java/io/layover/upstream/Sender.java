package io.layover.upstream;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * Who says that an address should be called: the configuration, or a server in its answer.
 *
 * @param address where that server is; absent for the configuration, and where only a forward proxy
 *     knows it
 */
record Sender(boolean isConfiguration, @Nullable InetAddress address) {
  static final Sender CONFIGURATION = new Sender(true, null);

  static Sender at(@Nullable InetAddress address) {
    return new Sender(false, address);
  }
}
