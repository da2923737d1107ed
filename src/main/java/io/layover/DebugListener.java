package io.layover;

import io.layover.config.Address;
import io.layover.config.Http;
import io.layover.log.Reason;
import io.layover.metrics.Figures;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;

/** What is served to operators, at an address of its own: {@code http.debug.addr}. */
final class DebugListener {
  private final HttpServer server;

  private DebugListener(HttpServer server) {
    this.server = server;
  }

  /**
   * Listens.
   *
   * @throws StartException if the address cannot be had
   */
  static DebugListener start(Vertx vertx, Address address, Http.Debug debug, Figures figures)
      throws StartException {
    var routes = new Routes(vertx, debug, figures);
    var host = address.isEveryInterface() ? "0.0.0.0" : address.host();
    try {
      return new DebugListener(
          vertx
              .createHttpServer()
              .requestHandler(routes::answer)
              .listen(address.port(), host)
              .await());
    } catch (Exception e) {
      // Whatever the future failed with, checked or not.
      throw new StartException(
          "http.debug.addr %s cannot be listened on: %s".formatted(address, Reason.of(e)), e);
    }
  }

  int port() {
    return server.actualPort();
  }

  Future<Void> close() {
    return server.close();
  }

  private record Routes(Vertx vertx, Http.Debug debug, Figures figures) {
    void answer(HttpServerRequest request) {
      var path = request.path();
      if (debug.prometheus().enabled() && debug.prometheus().path().equals(path)) {
        show(request);
        return;
      }
      switch (path) {
        case "/health", "/ready", "/debug/health" ->
            request.response().putHeader("Content-Type", "application/json").end("{}");
        case null, default -> request.response().setStatusCode(404).end();
      }
    }

    /** Adds the figures up where no request waits for it. */
    private void show(HttpServerRequest request) {
      vertx
          .executeBlocking(figures::text)
          .onSuccess(text -> request.response().putHeader("Content-Type", Figures.TEXT).end(text))
          .onFailure(e -> request.response().setStatusCode(500).end());
    }
  }
}
