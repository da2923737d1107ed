package io.layover;

import io.layover.http.Routes;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

  private final String host;
  private final List<HttpServer> servers;

  private Listener(String host, List<HttpServer> servers) {
    this.host = host;
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
    var servers = new ArrayList<HttpServer>();
    // One of the servers decides about a free port; -1 lets the others share it.
    var shared = port == 0 ? -1 : port;
    try {
      vertx
          .deployVerticle(
              () -> new EventLoop(host, shared, protocols, parts, servers),
              new DeploymentOptions().setInstances(Runtime.getRuntime().availableProcessors()))
          .await();
    } catch (RuntimeException e) {
      throw new IOException(e.getMessage(), e);
    }
    if (protocols.encryption() != null) {
      // They share what belongs to the address.
      protocols.encryption().follow(servers.getFirst());
    }
    return new Listener(host, List.copyOf(servers));
  }

  private static final class EventLoop extends VerticleBase {
    private final String host;
    private final int port;
    private final Protocols protocols;
    private final Routes.Parts parts;
    private final List<HttpServer> servers;

    private EventLoop(
        String host, int port, Protocols protocols, Routes.Parts parts, List<HttpServer> servers) {
      this.host = host;
      this.port = port;
      this.protocols = protocols;
      this.parts = parts;
      this.servers = servers;
    }

    @Override
    public Future<?> start() {
      return vertx
          .createHttpServer(options())
          .requestHandler(Routes.of(vertx, parts))
          .invalidRequestHandler(Routes::refuse)
          .listen(port, host)
          .onSuccess(
              server -> {
                synchronized (servers) {
                  servers.add(server);
                }
              });
    }

    private HttpServerOptions options() {
      var options = new HttpServerOptions();
      if (protocols.encryption() != null) {
        protocols.encryption().apply(options);
      }
      return options
          .setHttp2ClearTextEnabled(protocols.h2c())
          .setAcceptBacklog(BACKLOG)
          .setMaxInitialLineLength(LONGEST_LINE)
          .setMaxHeaderSize(LARGEST_HEADERS)
          .setMaxChunkSize(CHUNK)
          .setIdleTimeout(SILENCE_SECONDS)
          .setIdleTimeoutUnit(TimeUnit.SECONDS);
    }
  }

  int port() {
    return servers.getFirst().actualPort();
  }

  /** As a person would write it. */
  String address() {
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
