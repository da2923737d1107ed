package io.layover.upstream;

import com.google.common.net.InetAddresses;
import io.layover.net.ForwardProxy;
import io.layover.net.ProxyChoice;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Sends the requests that concern one upstream, each to an address that was looked at first: what a
 * name means is asked once, and what was looked at is what is called. Through a forward proxy, only
 * the name can be looked at.
 */
public final class Dialer {
  private final Clients clients;
  private final Names names;
  private final Reach reach;
  private final ProxyChoice proxies;
  private final Patience patience;

  /**
   * What the requests are sent by.
   *
   * @param known shows who we are, if we have a certificate
   * @param unknown does not
   */
  public record Clients(HttpClient known, HttpClient unknown) {}

  /**
   * A request without a body.
   *
   * @param target an absolute URL
   * @param sender who says that it should be called
   * @param known whether the other side may know who we are
   */
  record Call(
      HttpMethod method, URI target, Map<String, String> headers, Sender sender, boolean known) {}

  public Dialer(Clients clients, Names names, Reach reach, ProxyChoice proxies, Patience patience) {
    this.clients = clients;
    this.names = names;
    this.reach = reach;
    this.proxies = proxies;
    this.patience = patience;
  }

  /** Sends a request. Fails with {@link UpstreamFailure}. */
  Future<Answer> send(Call call) {
    var options =
        new RequestOptions().setMethod(call.method).setAbsoluteURI(call.target.toString());
    call.headers.forEach(options::putHeader);
    options.putHeader("User-Agent", "Layover");
    var proxy = proxies.of(call.target);
    return proxy == null ? direct(call, options) : through(proxy, call, options);
  }

  private Future<Answer> direct(Call call, RequestOptions options) {
    var host = call.target.getHost();
    return address(host)
        .recover(e -> Future.failedFuture(UpstreamFailure.unreachable(options, e, patience)))
        .compose(
            address -> {
              reach.check(host, address, call.sender);
              var server = new InetSocketAddress(address, options.getPort());
              options.setServer(SocketAddress.inetSocketAddress(server));
              return send(call, options, address);
            });
  }

  private Future<Answer> through(ForwardProxy proxy, Call call, RequestOptions options) {
    var host = call.target.getHost();
    var address = Names.isAddress(host) ? InetAddresses.forUriString(host) : null;
    return Future.succeededFuture()
        .compose(
            v -> {
              if (address == null) {
                reach.checkName(host, call.sender);
              } else {
                reach.check(host, address, call.sender);
              }
              options.setProxyOptions(options(proxy));
              return send(call, options, address);
            });
  }

  private Future<Answer> send(Call call, RequestOptions options, @Nullable InetAddress address) {
    var client = call.known ? clients.known : clients.unknown;
    return Answer.to(client, options, address, patience);
  }

  private ProxyOptions options(ForwardProxy proxy) {
    return new ProxyOptions()
        .setType(proxy.kind() == ForwardProxy.Kind.HTTP ? ProxyType.HTTP : ProxyType.SOCKS5)
        .setHost(proxy.host())
        .setPort(proxy.port())
        .setUsername(proxy.user())
        .setPassword(proxy.password())
        .setConnectTimeout(patience.connect());
  }

  private Future<InetAddress> address(String host) {
    return Names.isAddress(host)
        ? Future.succeededFuture(InetAddresses.forUriString(host))
        : names
            .resolve(host)
            .timeout(patience.connect().toMillis(), TimeUnit.MILLISECONDS)
            .recover(e -> Future.failedFuture(e instanceof TimeoutException ? late(host) : e));
  }

  private static UnknownHostException late(String host) {
    return new UnknownHostException(host + ": no answer from DNS");
  }
}
