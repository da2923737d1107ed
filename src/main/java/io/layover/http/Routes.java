package io.layover.http;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.PATCH;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.layover.registry.Registry;
import io.layover.registry.Routing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The table of what is served where. Names contain slashes and may contain words such as {@code
 * blobs}, so paths are matched from the right; a path is served with and without a slash at its
 * end.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints">distribution-spec,
 *     Endpoints</a>
 */
public final class Routes {
  private static final String NAME = "/v2/(?<name>.+)";

  private final Router router;
  private final String prefix;
  private final List<Row> rows = new ArrayList<>();

  private record Row(HttpMethod method, Pattern path) {}

  private Routes(Vertx vertx, String prefix) {
    this.router = Router.router(vertx);
    this.prefix =
        prefix.length() > 1 ? Pattern.quote(prefix.substring(0, prefix.length() - 1)) : "";
  }

  /**
   * What the endpoints need.
   *
   * @param deleteEnabled whether clients may delete what was pushed here
   * @param readOnly whether nothing may be written at the moment
   * @param host what stands before paths in {@code Location}, or nothing
   * @param prefix what stands before {@code v2/}: {@code /}, or something like {@code /registry/}
   * @param headers what every answer carries besides its own
   * @param uploadKey what the state of uploads in {@code Location} is signed with, or nothing
   */
  public record Parts(
      Routing routing,
      Registry registry,
      boolean deleteEnabled,
      boolean readOnly,
      int mostTags,
      int mostRepositories,
      String host,
      String prefix,
      Map<String, List<String>> headers,
      @Nullable Key uploadKey) {}

  /** The router that serves the API. */
  public static Router of(Vertx vertx, Parts parts) {
    var routes = new Routes(vertx, parts.prefix());
    routes.before(parts.headers());
    var routing = parts.routing();
    var registry = parts.registry();
    var base = parts.prefix() + "v2/";
    var writes = new Writes(routing, parts.deleteEnabled(), parts.readOnly(), parts.host() + base);
    routes.table(
        new Blobs(routing, registry.pushes(), writes),
        new Manifests(routing, registry.pushes(), writes),
        new Uploads(registry.uploads(), writes, parts.uploadKey()),
        new Listings(routing, registry.local(), parts.mostTags(), parts.mostRepositories(), base),
        new ReferrerLists(routing, base));
    routes.after();
    return routes.router;
  }

  private void table(
      Blobs blobs,
      Manifests manifests,
      Uploads uploads,
      Listings listings,
      ReferrerLists referrers) {
    on(GET, "blob", NAME + "/blobs/(?<digest>[^/]+)", blobs::get);
    on(HEAD, "blob", NAME + "/blobs/(?<digest>[^/]+)", blobs::head);
    on(DELETE, "blob", NAME + "/blobs/(?<digest>[^/]+)", blobs::delete);
    on(GET, "manifest", NAME + "/manifests/(?<reference>[^/]+)", manifests::get);
    on(HEAD, "manifest", NAME + "/manifests/(?<reference>[^/]+)", manifests::get);
    on(PUT, "manifest", NAME + "/manifests/(?<reference>[^/]+)", manifests::put);
    on(DELETE, "manifest", NAME + "/manifests/(?<reference>[^/]+)", manifests::delete);
    on(POST, "uploads", NAME + "/blobs/uploads/?", uploads::start);
    on(GET, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", uploads::status);
    on(PATCH, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", uploads::append);
    on(PUT, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", uploads::finish);
    on(DELETE, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", uploads::cancel);
    on(GET, "tags", NAME + "/tags/list/?", listings::tags);
    on(GET, "referrers", NAME + "/referrers/(?<digest>[^/]+)", referrers::get);
    on(GET, "catalog", "/v2/_catalog/?", listings::catalog);
    on(GET, "base", "/v2/?", Routes::base);
    on(HEAD, "base", "/v2/?", Routes::base);
    on(GET, "root", "/", Routes::root);
    on(HEAD, "root", "/", Routes::root);
  }

  private void on(
      HttpMethod method, String route, String path, Function<RoutingContext, Future<?>> endpoint) {
    rows.add(new Row(method, Pattern.compile(prefix + path)));
    router
        .routeWithRegex(method, prefix + path)
        .handler(
            ctx -> {
              RequestLog.route(ctx, route);
              endpoint.apply(ctx).onFailure(ctx::fail);
            });
  }

  private void before(Map<String, List<String>> headers) {
    router
        .route()
        .handler(
            ctx -> {
              RequestLog.begin(ctx);
              // Nothing is read before someone is there to take it.
              ctx.request().pause();
              Bodies.dropRest(ctx);
              ctx.response().putHeader("Docker-Distribution-API-Version", "registry/2.0");
              headers.forEach((name, values) -> ctx.response().putHeader(name, values));
              ctx.next();
            });
  }

  private void after() {
    router.route().failureHandler(Failures::answer);
    for (var status : List.of(400, 404)) {
      router.errorHandler(status, ctx -> Failures.write(ctx.request(), Failures.ofStatus(status)));
    }
    router.errorHandler(
        405,
        ctx -> {
          ctx.response().putHeader("Allow", allowed(ctx.normalizedPath()));
          Failures.write(ctx.request(), Failures.ofStatus(405));
        });
  }

  private String allowed(String path) {
    return rows.stream()
        .filter(row -> row.path.matcher(path).matches())
        .map(row -> row.method.name())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** Answers what is no request that a route could see: lines or headers beyond their limits. */
  public static void refuse(HttpServerRequest request) {
    Failures.refuse(request);
  }

  private static Future<Void> base(RoutingContext ctx) {
    return ctx.response().putHeader("Content-Type", "application/json").end("{}");
  }

  private static Future<Void> root(RoutingContext ctx) {
    return ctx.response().putHeader("Cache-Control", "no-cache").end();
  }
}
