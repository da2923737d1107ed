package io.layover.http;

import static io.layover.http.Need.CANCEL;
import static io.layover.http.Need.CATALOG;
import static io.layover.http.Need.NOTHING;
import static io.layover.http.Need.PULL;
import static io.layover.http.Need.PUSH;
import static io.layover.http.Need.SIGN_IN;
import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.HEAD;
import static io.vertx.core.http.HttpMethod.PATCH;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.layover.auth.Entrance;
import io.layover.notify.Receivers;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
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
import java.util.function.BooleanSupplier;
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
  private final Guard guard;
  private final Peers peers;
  private final RequestMeters meters;
  private final List<Row> rows = new ArrayList<>();

  private record Row(HttpMethod method, Pattern path) {}

  private Routes(Vertx vertx, String prefix, Peers peers, Guard guard, RequestMeters meters) {
    this.peers = peers;
    this.meters = meters;
    this.router = Router.router(vertx);
    this.guard = guard;
    this.prefix =
        prefix.length() > 1 ? Pattern.quote(prefix.substring(0, prefix.length() - 1)) : "";
  }

  /**
   * What the endpoints need.
   *
   * @param meters what all servers of an address count into
   * @param receivers who are told of what clients do
   * @param healthy nothing is served while it is false
   * @param deleteEnabled whether clients may delete what was pushed here
   * @param readOnly whether nothing may be written at the moment
   * @param host what stands before paths in {@code Location}, or nothing
   * @param prefix what stands before {@code v2/}: {@code /}, or something like {@code /registry/}
   * @param headers what every answer carries besides its own
   * @param uploadKey what the state of uploads in {@code Location} is signed with, or nothing
   * @param peers which proxies are believed when they say whom they speak for
   * @param entrance who may do what; null if everybody may do everything
   * @param tokens the token server; null if there is none inside
   */
  public record Parts(
      RequestMeters meters,
      Receivers receivers,
      BooleanSupplier healthy,
      Routing routing,
      Registry registry,
      boolean deleteEnabled,
      boolean readOnly,
      int mostTags,
      int mostRepositories,
      String host,
      String prefix,
      Map<String, List<String>> headers,
      @Nullable Key uploadKey,
      Peers peers,
      @Nullable Entrance entrance,
      @Nullable Tokens tokens) {}

  /** The router that serves the API. */
  public static Router of(Vertx vertx, Parts parts) {
    var routing = parts.routing();
    var guard = new Guard(parts.entrance(), routing, parts.host(), parts.peers());
    var routes = new Routes(vertx, parts.prefix(), parts.peers(), guard, parts.meters());
    routes.before(parts.healthy(), parts.headers());
    var registry = parts.registry();
    var base = parts.prefix() + "v2/";
    var writes = new Writes(routing, parts.deleteEnabled(), parts.readOnly(), parts.host() + base);
    var notices =
        new Notices(parts.receivers(), registry.local(), guard, parts.peers(), writes.base());
    routes.table(
        new Blobs(routing, registry.pushes(), writes, notices),
        new Manifests(routing, registry.pushes(), writes, notices),
        new Uploads(registry.uploads(), writes, guard, notices, parts.uploadKey()),
        new Listings(routing, registry.local(), parts.mostTags(), parts.mostRepositories(), base),
        new Explanations(routing),
        new ReferrerLists(routing, base));
    if (parts.tokens() != null) {
      routes.table(parts.tokens());
    }
    routes.after();
    return routes.router;
  }

  private void table(
      Blobs blobs,
      Manifests manifests,
      Uploads uploads,
      Listings listings,
      Explanations explanations,
      ReferrerLists referrers) {
    on(GET, "blob", NAME + "/blobs/(?<digest>[^/]+)", PULL, blobs::get);
    on(HEAD, "blob", NAME + "/blobs/(?<digest>[^/]+)", PULL, blobs::head);
    on(DELETE, "blob", NAME + "/blobs/(?<digest>[^/]+)", Need.DELETE, blobs::delete);
    on(GET, "manifest", NAME + "/manifests/(?<reference>[^/]+)", PULL, manifests::get);
    on(HEAD, "manifest", NAME + "/manifests/(?<reference>[^/]+)", PULL, manifests::get);
    on(PUT, "manifest", NAME + "/manifests/(?<reference>[^/]+)", PUSH, manifests::put);
    on(DELETE, "manifest", NAME + "/manifests/(?<reference>[^/]+)", Need.DELETE, manifests::delete);
    on(POST, "uploads", NAME + "/blobs/uploads/?", PUSH, uploads::start);
    on(GET, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", PULL, uploads::status);
    on(PATCH, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", PUSH, uploads::append);
    on(PUT, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", PUSH, uploads::finish);
    on(DELETE, "upload", NAME + "/blobs/uploads/(?<upload>[^/]+)", CANCEL, uploads::cancel);
    on(GET, "tags", NAME + "/tags/list/?", PULL, listings::tags);
    on(GET, "referrers", NAME + "/referrers/(?<digest>[^/]+)", PULL, referrers::get);
    on(GET, "catalog", "/v2/_catalog/?", CATALOG, listings::catalog);
    on(GET, "explain", "/api/explain", PULL, explanations::get);
    on(GET, "base", "/v2/?", SIGN_IN, Routes::base);
    on(HEAD, "base", "/v2/?", SIGN_IN, Routes::base);
    on(GET, "root", "/", NOTHING, Routes::root);
    on(HEAD, "root", "/", NOTHING, Routes::root);
  }

  private void table(Tokens tokens) {
    for (var path : List.of("/auth/?", "/auth/token/?")) {
      on(GET, "token", path, NOTHING, tokens::get);
      on(POST, "token", path, NOTHING, tokens::post);
    }
    on(GET, "jwks", "/auth/jwks/?", NOTHING, tokens::jwks);
  }

  private void on(
      HttpMethod method,
      String route,
      String path,
      Need need,
      Function<RoutingContext, Future<?>> endpoint) {
    var guarded = guard.guarded(need, endpoint);
    rows.add(new Row(method, Pattern.compile(prefix + path)));
    router
        .routeWithRegex(method, prefix + path)
        .handler(
            ctx -> {
              RequestLog.route(ctx, route);
              guarded.apply(ctx).onFailure(ctx::fail);
            });
  }

  private void before(BooleanSupplier healthy, Map<String, List<String>> headers) {
    router
        .route()
        .handler(
            ctx -> {
              RequestLog.begin(ctx, peers, meters);
              // Nothing is read before someone is there to take it.
              ctx.request().pause();
              Bodies.dropRest(ctx);
              ctx.response().putHeader("Docker-Distribution-API-Version", "registry/2.0");
              headers.forEach((name, values) -> ctx.response().putHeader(name, values));
              if (healthy.getAsBoolean()) {
                ctx.next();
              } else {
                ctx.fail(
                    new RegistryException(
                        ErrorCode.UNAVAILABLE, "a health check fails; /debug/health says which"));
              }
            });
  }

  private void after() {
    router
        .route()
        .failureHandler(
            ctx -> {
              // What the router itself refuses has passed no handler.
              RequestLog.begin(ctx, peers, meters);
              Failures.answer(ctx);
            });
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
