package io.layover;

import io.layover.config.Address;
import io.layover.config.Http;
import io.layover.health.Health;
import io.layover.health.Readiness;
import io.layover.log.Reason;
import io.layover.metrics.Figures;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.core.tracing.TracingPolicy;
import java.util.Map;

/** What is served to operators, at an address of its own: {@code http.debug.addr}. */
final class DebugListener {
  private final HttpServer server;

  /** What is shown. */
  record Parts(Figures figures, Health health, Readiness readiness) {}

  private DebugListener(HttpServer server) {
    this.server = server;
  }

  /**
   * Listens.
   *
   * @throws StartException if the address cannot be had
   */
  static DebugListener start(Vertx vertx, Address address, Http.Debug debug, Parts parts)
      throws StartException {
    var routes = new Routes(vertx, debug, parts);
    var host = address.isEveryInterface() ? "0.0.0.0" : address.host();
    try {
      return new DebugListener(
          vertx
              // Who watches is not watched.
              .createHttpServer(new HttpServerOptions().setTracingPolicy(TracingPolicy.IGNORE))
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

  private record Routes(Vertx vertx, Http.Debug debug, Parts parts) {
    void answer(HttpServerRequest request) {
      var path = request.path();
      if (debug.prometheus().enabled() && debug.prometheus().path().equals(path)) {
        show(request);
        return;
      }
      switch (path) {
        // It answers, so it lives; whether it is of use, the others say.
        case "/health" -> show(request, Map.of());
        case "/debug/health" -> show(request, parts.health().failures());
        case "/ready" -> parts.readiness().obstacles().onSuccess(all -> show(request, all));
        case null, default -> request.response().setStatusCode(404).end();
      }
    }

    private static void show(HttpServerRequest request, Map<String, String> obstacles) {
      request
          .response()
          .setStatusCode(obstacles.isEmpty() ? 200 : 503)
          .putHeader("Content-Type", "application/json")
          .end(new JsonObject(Map.copyOf(obstacles)).encode());
    }

    /** Adds the figures up where no request waits for it. */
    private void show(HttpServerRequest request) {
      vertx
          .executeBlocking(parts.figures()::text)
          .onSuccess(text -> request.response().putHeader("Content-Type", Figures.TEXT).end(text))
          .onFailure(e -> request.response().setStatusCode(500).end());
    }
  }
}
