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
import io.layover.http.Path.Kind;
import io.layover.notify.Receivers;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.registry.Registry;
import io.layover.registry.Routing;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.security.Key;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The table of what is served where. It is looked up by what the path names: to match one regular
 * expression after the other was a sixth of what a small answer costs.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#endpoints">distribution-spec,
 *     Endpoints</a>
 */
public final class Routes {
  private final Router router;
  private final String prefix;
  private final Guard guard;
  private final Peers peers;
  private final RequestMeters meters;
  private final Map<Kind, Map<HttpMethod, Function<RoutingContext, Future<?>>>> rows =
      new EnumMap<>(Kind.class);

  private Routes(Vertx vertx, String prefix, Peers peers, Guard guard, RequestMeters meters) {
    this.peers = peers;
    this.meters = meters;
    this.router = Router.router(vertx);
    this.guard = guard;
    this.prefix = prefix.substring(0, prefix.length() - 1);
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
    var always = Headers.always(parts.headers());
    routes.before(parts.healthy(), always);
    var registry = parts.registry();
    var base = parts.prefix() + "v2/";
    var writes = new Writes(routing, parts.deleteEnabled(), parts.readOnly(), parts.host() + base);
    var notices =
        new Notices(parts.receivers(), registry.local(), guard, parts.peers(), writes.base());
    routes.table(
        new Blobs(routing, registry.pushes(), writes, notices, new ReadyHeaders(always)),
        new Manifests(routing, registry.pushes(), writes, notices, new ReadyHeaders(always)),
        new Uploads(registry.uploads(), writes, guard, notices, parts.uploadKey()),
        new Listings(routing, registry.local(), parts.mostTags(), parts.mostRepositories(), base),
        new Explanations(routing),
        new ReferrerLists(routing, base));
    if (parts.tokens() != null) {
      routes.table(parts.tokens());
    }
    return routes.router;
  }

  private void table(
      Blobs blobs,
      Manifests manifests,
      Uploads uploads,
      Listings listings,
      Explanations explanations,
      ReferrerLists referrers) {
    on(GET, Kind.BLOB, PULL, blobs::get);
    on(HEAD, Kind.BLOB, PULL, blobs::head);
    on(DELETE, Kind.BLOB, Need.DELETE, blobs::delete);
    on(GET, Kind.MANIFEST, PULL, manifests::get);
    on(HEAD, Kind.MANIFEST, PULL, manifests::get);
    on(PUT, Kind.MANIFEST, PUSH, manifests::put);
    on(DELETE, Kind.MANIFEST, Need.DELETE, manifests::delete);
    on(POST, Kind.UPLOADS, PUSH, uploads::start);
    on(GET, Kind.UPLOAD, PULL, uploads::status);
    on(PATCH, Kind.UPLOAD, PUSH, uploads::append);
    on(PUT, Kind.UPLOAD, PUSH, uploads::finish);
    on(DELETE, Kind.UPLOAD, CANCEL, uploads::cancel);
    on(GET, Kind.TAGS, PULL, listings::tags);
    on(GET, Kind.REFERRERS, PULL, referrers::get);
    on(GET, Kind.CATALOG, CATALOG, listings::catalog);
    on(GET, Kind.EXPLAIN, PULL, explanations::get);
    on(GET, Kind.BASE, SIGN_IN, Routes::base);
    on(HEAD, Kind.BASE, SIGN_IN, Routes::base);
    on(GET, Kind.ROOT, NOTHING, Routes::root);
    on(HEAD, Kind.ROOT, NOTHING, Routes::root);
  }

  private void table(Tokens tokens) {
    on(GET, Kind.TOKEN, NOTHING, tokens::get);
    on(POST, Kind.TOKEN, NOTHING, tokens::post);
    on(GET, Kind.JWKS, NOTHING, tokens::jwks);
  }

  private void on(
      HttpMethod method, Kind kind, Need need, Function<RoutingContext, Future<?>> endpoint) {
    rows.computeIfAbsent(kind, k -> new LinkedHashMap<>())
        .put(method, guard.guarded(need, endpoint));
  }

  private void before(BooleanSupplier healthy, MultiMap always) {
    router
        .route()
        .handler(
            ctx -> {
              RequestLog.begin(ctx, peers, meters);
              // Nothing is read before someone is there to take it.
              ctx.request().pause();
              Bodies.dropRest(ctx);
              ctx.response().headers().setAll(always);
              if (healthy.getAsBoolean()) {
                answer(ctx);
              } else {
                ctx.fail(
                    new RegistryException(
                        ErrorCode.UNAVAILABLE, "a health check fails; /debug/health says which"));
              }
            })
        .failureHandler(
            ctx -> {
              // What the router itself refuses has passed no handler.
              RequestLog.begin(ctx, peers, meters);
              Failures.answer(ctx);
            });
  }

  /** Lets the row of the table answer that the request is for. */
  private void answer(RoutingContext ctx) {
    @Nullable Path path;
    try {
      path = parse(ctx.normalizedPath());
    } catch (IllegalArgumentException e) {
      ctx.fail(400);
      return;
    }
    var endpoints = path == null ? null : rows.get(path.kind());
    if (path == null || endpoints == null) {
      ctx.fail(404);
      return;
    }
    var endpoint = endpoints.get(ctx.request().method());
    if (endpoint == null) {
      ctx.response().putHeader("Allow", allowed(endpoints.keySet()));
      ctx.fail(405);
      return;
    }
    RequestLog.route(ctx, path.kind().route());
    Params.path(ctx, path);
    endpoint.apply(ctx).onFailure(ctx::fail);
  }

  private @Nullable Path parse(String path) {
    return path.startsWith(prefix) ? Path.parse(path.substring(prefix.length())) : null;
  }

  private static String allowed(Set<HttpMethod> methods) {
    return methods.stream().map(HttpMethod::name).collect(Collectors.joining(", "));
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
