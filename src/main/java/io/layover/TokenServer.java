package io.layover;

import io.layover.config.AuthFile;
import io.layover.config.AuthFileReader;
import io.layover.config.AuthServer;
import io.layover.config.HttpTls.ClientAuth;
import io.layover.http.Peers;
import io.layover.http.RequestMeters;
import io.layover.http.TokenRoutes;
import io.layover.log.Reason;
import io.layover.metrics.Figures;
import io.layover.watch.FileWatch;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running token server, made from docker_auth's file, in a process without a registry. */
final class TokenServer implements Running {
  private static final Logger LOG = LoggerFactory.getLogger(TokenServer.class);
  private static final Duration DRAIN = Duration.ofSeconds(5);

  private final Engine engine;
  private final FileWatch watch;
  private final DockerAuth users;
  private final Listener listener;

  private TokenServer(Engine engine, FileWatch watch, DockerAuth users, Listener listener) {
    this.engine = engine;
    this.watch = watch;
    this.users = users;
    this.listener = listener;
  }

  /**
   * Starts to serve; returns once the address answers.
   *
   * @throws io.layover.config.ConfigException if the file is not good
   * @throws StartException if something that it names cannot be used
   */
  static TokenServer start(Path file) throws StartException {
    var engine = Engine.start(System.getenv());
    var vertx = engine.vertx();
    var watch = new FileWatch();
    var figures = engine.figures();
    try {
      var users = new DockerAuth(vertx, watch, file, AuthFileReader::alone);
      var serving = TokenServing.open(vertx, watch, users, null, null, figures.registry());
      var server = users.file().server();
      var listener = listen(vertx, watch, server, serving, figures);
      LOG.info("{}", describe(vertx, listener, users.file()));
      return new TokenServer(engine, watch, users, listener);
    } catch (RuntimeException | StartException e) {
      engine.close();
      watch.close();
      throw e;
    }
  }

  private static Listener listen(
      Vertx vertx, FileWatch watch, AuthServer server, TokenServing serving, Figures figures)
      throws StartException {
    var meters = new RequestMeters(figures.registry());
    var tokens = serving.endpoints(Peers.DIRECT, null);
    try {
      return Listener.start(
          vertx,
          address(server),
          protocols(watch, server),
          () -> TokenRoutes.of(vertx, meters, tokens, server.pathPrefix(), server.hsts()));
    } catch (IOException e) {
      throw new StartException(
          "server.addr %s cannot be listened on: %s"
              .formatted(server.socket() == null ? server.addr() : server.socket(), Reason.of(e)),
          e);
    }
  }

  private static SocketAddress address(AuthServer server) throws IOException {
    var socket = server.socket();
    if (socket != null) {
      // What a server that was killed has left behind.
      Files.deleteIfExists(socket);
      return SocketAddress.domainSocketAddress(socket.toString());
    }
    var address = server.addr();
    if (address == null) {
      throw new IOException("there is none");
    }
    return Listener.inet(address.isEveryInterface() ? "0.0.0.0" : address.host(), address.port());
  }

  private static Listener.Protocols protocols(FileWatch watch, AuthServer server)
      throws StartException {
    if (server.certificate() == null || server.key() == null) {
      return Listener.Protocols.PLAIN;
    }
    if (!server.tlsCurvePreferences().isEmpty()) {
      LOG.warn("server.tls_curve_preferences: understood, but without effect in this version");
    }
    try {
      return new Listener.Protocols(
          false,
          new Encryption(
              watch,
              "server.certificate",
              server.certificate(),
              server.key(),
              List.of(),
              new Encryption.Rules(
                  ClientAuth.NO_CLIENT_CERT,
                  leastVersion(server),
                  server.tlsCipherSuites(),
                  true)));
    } catch (IllegalArgumentException e) {
      throw new StartException("server.certificate cannot be used: " + e.getMessage(), e);
    }
  }

  /** TLS 1.2 by default, as with Go. */
  private static int leastVersion(AuthServer server) {
    var name = server.tlsMinVersion();
    return name == null ? 2 : name.charAt(name.length() - 1) - '0';
  }

  private static String describe(Vertx vertx, Listener listener, AuthFile file) {
    return "layover %s listens on %s as a token server of %s; %s, %s transport"
        .formatted(
            Layover.Version.text(),
            listener.address(),
            file.token().issuer(),
            file.server().certificate() == null ? "without TLS" : "TLS",
            vertx.isNativeTransportEnabled() ? "native" : "NIO");
  }

  /** The port it listens on. */
  int port() {
    return listener.port();
  }

  @Override
  public Duration drainTimeout() {
    return DRAIN;
  }

  @Override
  public Future<Void> close() {
    return listener
        .shutdown(DRAIN)
        .eventually(engine::close)
        .onComplete(
            done -> {
              users.close();
              watch.close();
            });
  }
}
