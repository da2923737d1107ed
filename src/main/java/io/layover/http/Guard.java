package io.layover.http;

import io.layover.auth.Account;
import io.layover.auth.Entrance;
import io.layover.auth.Gate.Admission;
import io.layover.auth.Gate.Refused;
import io.layover.auth.Passwords.TooManyAttempts;
import io.layover.auth.Scope;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;
import io.layover.trace.Spans;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request through to its endpoint if who sends it may do what it asks for. What is asked for
 * is decided by the name that a repository has here, whatever name the client found it by: no
 * second name opens what the first one does not.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">distribution, Token
 *     Authentication Specification</a>
 */
final class Guard {
  private static final String KEY = Guard.class.getName();
  private static final Pattern AUTHORITY =
      Pattern.compile("(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::[0-9]{1,5})?");

  private final @Nullable Entrance entrance;
  private final Routing routing;
  private final String host;
  private final Peers peers;

  /**
   * @param entrance null if everybody may do everything
   * @param host the scheme and host that clients reach this server by, or nothing
   * @param peers which proxies are believed
   */
  Guard(@Nullable Entrance entrance, Routing routing, String host, Peers peers) {
    this.peers = peers;
    this.entrance = entrance;
    this.routing = routing;
    this.host = host;
  }

  /** The endpoint, with what it needs before it. */
  Function<RoutingContext, Future<?>> guarded(
      Need need, Function<RoutingContext, Future<?>> endpoint) {
    var guarding = entrance;
    return guarding == null || need == Need.NOTHING
        ? endpoint
        : ctx -> pass(ctx, need, guarding, endpoint);
  }

  private Future<?> pass(
      RoutingContext ctx,
      Need need,
      Entrance guarding,
      Function<RoutingContext, Future<?>> endpoint) {
    var needed = need.on(need.isOnRepository() ? name(ctx) : "");
    var request = ctx.request();
    var visit =
        new Entrance.Visit(
            request.getHeader(HttpHeaders.AUTHORIZATION), peers.addressOf(request), needed);
    var admitted = Spans.ifSlow("access", () -> guarding.admit(visit));
    return admitted.succeeded()
        ? enter(ctx, admitted.result(), endpoint)
        : admitted
            .recover(e -> Future.failedFuture(toClient(ctx, e, need, needed, guarding)))
            .compose(admission -> enter(ctx, admission, endpoint));
  }

  private static Future<?> enter(
      RoutingContext ctx, Admission admission, Function<RoutingContext, Future<?>> endpoint) {
    ctx.put(KEY, admission);
    RequestLog.user(ctx, admission.account());
    return endpoint.apply(ctx);
  }

  /** The name here of the repository in the path; the path's own where no source has it. */
  private String name(RoutingContext ctx) {
    try {
      return Targets.of(routing, ctx).name().value();
    } catch (RegistryException e) {
      return Params.name(ctx).value();
    }
  }

  private Throwable toClient(
      RoutingContext ctx, Throwable e, Need need, List<Scope> needed, Entrance guarding) {
    if (e instanceof TooManyAttempts many) {
      return new RegistryException(
          ErrorCode.TOOMANYREQUESTS,
          "too many wrong passwords came before this one",
          Map.of("retryAfter", many.retryAfter()));
    }
    if (!(e instanceof Refused refused)) {
      return e;
    }
    if (refused.account() != null) {
      RequestLog.user(ctx, refused.account());
    }
    var wanted = new ArrayList<>(needed);
    if (need == Need.PUSH) {
      wanted.addAll(sources(ctx));
    }
    ctx.response()
        .putHeader(
            "WWW-Authenticate", guarding.challenge(origin(ctx.request()), wanted, refused.why()));
    return new RegistryException(
        ErrorCode.UNAUTHORIZED, refused.why().sentence(), needed.isEmpty() ? null : detail(needed));
  }

  /** What a mount wants besides what it needs: without it, the blob is pushed instead. */
  private List<Scope> sources(RoutingContext ctx) {
    var from = Params.query(ctx, "from");
    return from == null || !RepositoryName.isValid(from)
        ? List.of()
        : Need.PULL.on(source(new RepositoryName(from)).value());
  }

  private RepositoryName source(RepositoryName from) {
    try {
      return routing.target(from, null).name();
    } catch (RegistryException e) {
      return from;
    }
  }

  /** As distribution writes it. */
  private static List<Map<String, String>> detail(List<Scope> needed) {
    return needed.stream()
        .flatMap(
            scope ->
                scope.actions().stream()
                    .map(
                        action ->
                            Map.of(
                                "Type",
                                scope.type(),
                                "Class",
                                "",
                                "Name",
                                scope.name(),
                                "Action",
                                action)))
        .toList();
  }

  /** Scheme and host as the client reaches them; null if it does not say, or nothing usable. */
  @Nullable String origin(HttpServerRequest request) {
    if (!host.isEmpty()) {
      return host;
    }
    var peer = peers.of(request);
    return peer.authority() != null && AUTHORITY.matcher(peer.authority()).matches()
        ? peer.scheme() + "://" + peer.authority()
        : null;
  }

  /** Who sent a request that was let through. */
  static Account account(RoutingContext ctx) {
    return ctx.get(KEY) instanceof Admission admission ? admission.account() : Account.ANONYMOUS;
  }

  /** True if nobody is asked who they are. */
  boolean isOpen() {
    return entrance == null;
  }

  /** True if who sent a request that was let through may also do this. */
  boolean allows(RoutingContext ctx, Need need, RepositoryName name) {
    return isOpen()
        || (ctx.get(KEY) instanceof Admission admission
            && need.on(name.value()).stream().allMatch(admission.grants()::allow));
  }
}
