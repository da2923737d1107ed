package io.layover.upstream;

import com.google.common.net.InetAddresses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** What the names of hosts mean at the moment. */
@FunctionalInterface
public interface Names {
  /** An address of a host that is not an address itself. */
  Future<InetAddress> resolve(String host);

  /** As the machine does it: its hosts file, then DNS. */
  static Names of(Vertx vertx) {
    var resolver = ((VertxInternal) vertx).nameResolver();
    return host -> resolver.resolve(host).map(Names::nameless);
  }

  /** Without the name that led to it, so that equal addresses are equal servers. */
  private static InetAddress nameless(InetAddress address) {
    try {
      return InetAddress.getByAddress(address.getAddress());
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has the length of one", e);
    }
  }

  /** The host of a URL if it is an address, brackets and all. */
  static boolean isAddress(String host) {
    return InetAddresses.isUriInetAddress(host);
  }
}
