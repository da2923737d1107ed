package io.layover;

import io.layover.http.Cork;
import io.layover.http.Routes;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The address that is listened on, with a server on every event loop behind it. */
final class Listener {
  private static final int LONGEST_LINE = 16 << 10;
  private static final int LARGEST_HEADERS = 32 << 10;
  private static final int CHUNK = 128 << 10;
  private static final int BACKLOG = 1024;
  private static final int SILENCE_SECONDS = 300;

  /**
   * What is spoken.
   *
   * @param h2c whether HTTP/2 without TLS is, too
   * @param encryption absent: there is no TLS
   */
  record Protocols(boolean h2c, @Nullable Encryption encryption) {
    static final Protocols PLAIN = new Protocols(false, null);
  }

  private final SocketAddress bound;
  private final List<HttpServer> servers;

  private Listener(SocketAddress bound, List<HttpServer> servers) {
    this.bound = bound;
    this.servers = servers;
  }

  /**
   * Listens.
   *
   * @param port 0 for any that is free
   * @throws IOException if the address cannot be had
   */
  static Listener start(Vertx vertx, String host, int port, Protocols protocols, Routes.Parts parts)
      throws IOException {
    return start(vertx, inet(host, port), protocols, () -> Routes.of(vertx, parts));
  }

  /** An address of the network, where port 0 is any that is free. */
  static SocketAddress inet(String host, int port) {
    // One of the servers decides about a free port, and the others share it.
    return port == 0
        ? SocketAddress.sharedRandomPort(1, host)
        : SocketAddress.inetSocketAddress(port, host);
  }

  /**
   * Listens.
   *
   * @param routes makes what answers, for each event loop its own
   * @throws IOException if the address cannot be had
   */
  static Listener start(
      Vertx vertx, SocketAddress address, Protocols protocols, Supplier<Router> routes)
      throws IOException {
    var servers = new ArrayList<HttpServer>();
    // A file is not shared.
    var instances = address.isDomainSocket() ? 1 : Runtime.getRuntime().availableProcessors();
    try {
      vertx
          .deployVerticle(
              () -> new EventLoop(address, protocols, routes, servers),
              new DeploymentOptions().setInstances(instances))
          .await();
    } catch (RuntimeException e) {
      throw new IOException(e.getMessage(), e);
    }
    if (protocols.encryption() != null) {
      // They share what belongs to the address.
      protocols.encryption().follow(servers.getFirst());
    }
    return new Listener(address, List.copyOf(servers));
  }

  private static final class EventLoop extends VerticleBase {
    private final SocketAddress address;
    private final Protocols protocols;
    private final Supplier<Router> routes;
    private final List<HttpServer> servers;
    private final LateFlush late = new LateFlush();

    private EventLoop(
        SocketAddress address,
        Protocols protocols,
        Supplier<Router> routes,
        List<HttpServer> servers) {
      this.address = address;
      this.protocols = protocols;
      this.routes = routes;
      this.servers = servers;
    }

    @Override
    public Future<?> start() {
      return vertx
          .createHttpServer(options())
          .connectionHandler(this::tune)
          .requestHandler(routes.get())
          .invalidRequestHandler(Routes::refuse)
          .listen(address)
          .onSuccess(
              server -> {
                synchronized (servers) {
                  servers.add(server);
                }
              });
    }

    private void tune(HttpConnection connection) {
      Cork.count(connection);
      Windows.apply(connection);
      Receiving.apply(connection);
      RoomyHeads.apply(connection);
      late.apply(connection);
    }

    private HttpServerOptions options() {
      var options = new HttpServerOptions();
      if (protocols.encryption() != null) {
        protocols.encryption().apply(options);
      }
      return options
          .setHttp2ClearTextEnabled(protocols.h2c())
          .setInitialSettings(Windows.settings())
          .setAcceptBacklog(BACKLOG)
          .setMaxInitialLineLength(LONGEST_LINE)
          .setMaxHeaderSize(LARGEST_HEADERS)
          .setMaxChunkSize(CHUNK)
          // Nobody speaks WebSocket here, so no handler need look out for it.
          .setPerMessageWebSocketCompressionSupported(false)
          .setPerFrameWebSocketCompressionSupported(false)
          .setIdleTimeout(SILENCE_SECONDS)
          .setIdleTimeoutUnit(TimeUnit.SECONDS);
    }
  }

  int port() {
    return servers.getFirst().actualPort();
  }

  /** As a person would write it. */
  String address() {
    if (bound.isDomainSocket()) {
      return bound.path();
    }
    var host = bound.host();
    return (host.equals("0.0.0.0") || host.equals("::") ? "" : host) + ":" + port();
  }

  Future<Void> shutdown(Duration limit) {
    return Future.join(
            servers.stream()
                .map(server -> server.shutdown(limit.toMillis(), TimeUnit.MILLISECONDS))
                .collect(Collectors.toList()))
        .mapEmpty();
  }
}
