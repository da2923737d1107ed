package io.layover.http;

import com.google.common.net.InetAddresses;
import io.vertx.core.http.HttpServerRequest;
import org.jspecify.annotations.Nullable;

/**
 * Where a request for a token comes from: in docker_auth's way an address in a header, otherwise
 * the other end of the request.
 *
 * @param header its name; null: none is looked at
 * @param position which of the addresses there; negative from the end
 * @param peers finds the other end
 */
public record ClientAddress(@Nullable String header, int position, Peers peers) {
  /** The other end of a request. */
  public static ClientAddress ofPeer(Peers peers) {
    return new ClientAddress(null, 0, peers);
  }

  /** The address; null if it is not known. */
  @Nullable String of(HttpServerRequest request) {
    if (header == null) {
      return peers.addressOf(request);
    }
    var addresses = String.join(",", request.headers().getAll(header)).split(",", -1);
    var index = position < 0 ? Math.max(0, addresses.length + position) : position;
    var address = index < addresses.length ? Peers.bare(addresses[index].strip()) : "";
    if (!InetAddresses.isInetAddress(address)) {
      throw TokenFailure.invalid("the header " + header + " has no address of the client");
    }
    return address;
  }
}
