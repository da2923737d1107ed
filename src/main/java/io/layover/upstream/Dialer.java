package io.layover.upstream;

import com.google.common.net.InetAddresses;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Sends the requests that concern one upstream, each to an address that was looked at first: what a
 * name means is asked once, and what was looked at is what is called.
 */
public final class Dialer {
  private final HttpClient client;
  private final Names names;
  private final Reach reach;
  private final Patience patience;

  public Dialer(HttpClient client, Names names, Reach reach, Patience patience) {
    this.client = client;
    this.names = names;
    this.reach = reach;
    this.patience = patience;
  }

  /**
   * Sends a request without a body. Fails with {@link UpstreamFailure}.
   *
   * @param target an absolute URL
   * @param sender who says that it should be called
   */
  Future<Answer> send(HttpMethod method, URI target, Map<String, String> headers, Sender sender) {
    var options = new RequestOptions().setMethod(method).setAbsoluteURI(target.toString());
    headers.forEach(options::putHeader);
    options.putHeader("User-Agent", "Layover");
    return address(target.getHost())
        .recover(e -> Future.failedFuture(UpstreamFailure.unreachable(options, e, patience)))
        .compose(
            address -> {
              reach.check(target.getHost(), address, sender);
              var server = new InetSocketAddress(address, options.getPort());
              options.setServer(SocketAddress.inetSocketAddress(server));
              return Answer.to(client, options, address, patience);
            });
  }

  private Future<InetAddress> address(String host) {
    return Names.isAddress(host)
        ? Future.succeededFuture(InetAddresses.forUriString(host))
        : names.resolve(host).timeout(patience.connect().toMillis(), TimeUnit.MILLISECONDS);
  }
}
