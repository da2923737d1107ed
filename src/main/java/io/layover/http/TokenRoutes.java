package io.layover.http;

import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;

/** The table of a token server that runs alone; its paths are docker_auth's. */
public final class TokenRoutes {
  private static final String HSTS = "max-age=63072000; includeSubDomains";

  private final Router router;
  private final String prefix;
  private final RequestMeters meters;

  private TokenRoutes(Vertx vertx, RequestMeters meters, String prefix) {
    this.meters = meters;
    this.router = Router.router(vertx);
    this.prefix = Pattern.quote(prefix);
  }

  /**
   * The router that serves tokens.
   *
   * @param meters what all servers of an address count into
   * @param prefix what every path begins with: nothing, or a slash and no slash at its end
   * @param hsts whether browsers are told to use TLS from now on
   */
  public static Router of(
      Vertx vertx, RequestMeters meters, Tokens tokens, String prefix, boolean hsts) {
    var routes = new TokenRoutes(vertx, meters, prefix);
    routes.before(hsts);
    for (var path : List.of("/", "/auth/?", "/auth/token/?")) {
      routes.on(GET, "token", path, tokens::get);
      routes.on(POST, "token", path, tokens::post);
    }
    routes.on(GET, "jwks", "/auth/jwks/?", tokens::jwks);
    routes.after();
    return routes.router;
  }

  private void on(
      HttpMethod method, String route, String path, Function<RoutingContext, Future<?>> endpoint) {
    router
        .routeWithRegex(method, prefix + path)
        .handler(
            ctx -> {
              RequestLog.route(ctx, route);
              endpoint.apply(ctx).onFailure(ctx::fail);
            });
  }

  private void before(boolean hsts) {
    router
        .route()
        .handler(
            ctx -> {
              RequestLog.begin(ctx, Peers.DIRECT, meters);
              ctx.request().pause();
              Bodies.dropRest(ctx);
              if (hsts) {
                ctx.response().putHeader("Strict-Transport-Security", HSTS);
              }
              ctx.next();
            });
  }

  private void after() {
    router.route().failureHandler(Failures::answer);
    for (var status : List.of(400, 404, 405)) {
      router.errorHandler(status, ctx -> Failures.write(ctx.request(), Failures.ofStatus(status)));
    }
  }
}
