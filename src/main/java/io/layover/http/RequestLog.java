package io.layover.http;

import io.layover.auth.Account;
import io.layover.auth.Entrance;
import io.layover.http.RequestMeters.Direction;
import io.layover.http.RequestMeters.Source;
import io.layover.oci.Excerpt;
import io.layover.oci.RepositoryName;
import io.layover.registry.Outcome;
import io.layover.trace.Spans;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What there is to say of a request when its answer is out or its client gone: a line in the log,
 * and figures.
 */
final class RequestLog {
  private static final Logger LOG = LoggerFactory.getLogger("access");
  private static final String KEY = RequestLog.class.getName();

  private final long started = System.nanoTime();
  private final Peers peers;
  private final RequestMeters meters;
  private String route = "none";
  private @Nullable RepositoryName repository;
  private @Nullable Outcome outcome;
  private String user = "-";
  private boolean ended;
  private long sent;
  private @Nullable Direction transfer;
  private long transferBegan;

  private RequestLog(Peers peers, RequestMeters meters) {
    this.peers = peers;
    this.meters = meters;
  }

  /** Begins, unless it was begun before. */
  static void begin(RoutingContext ctx, Peers peers, RequestMeters meters) {
    if (ctx.get(KEY) == null) {
      var log = new RequestLog(peers, meters);
      ctx.put(KEY, log);
      ctx.addEndHandler(done -> log.end(ctx, done.succeeded()));
    }
  }

  /** Notes that the bytes of a blob begin to flow. */
  static void transfer(RoutingContext ctx, Direction direction) {
    if (ctx.get(KEY) instanceof RequestLog log && log.transfer == null && !log.ended) {
      log.transfer = direction;
      log.transferBegan = System.nanoTime();
      log.meters.transferBegins(direction);
    }
  }

  /** Notes that the answer broke off, which a response that sends a file does not say. */
  static void broken(RoutingContext ctx) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.end(ctx, false);
    }
  }

  private void end(RoutingContext ctx, boolean whole) {
    if (!ended) {
      ended = true;
      var now = System.nanoTime();
      count(ctx, whole, now);
      if (LOG.isInfoEnabled()) {
        write(ctx, whole, now);
      }
    }
  }

  private void count(RoutingContext ctx, boolean whole, long now) {
    var request = ctx.request();
    var out = bytesOut(ctx);
    meters.answered(route, request.method().name(), ctx.response().getStatusCode(), now - started);
    meters.sent(Source.of(outcome), out);
    if (request.bytesRead() > 0) {
      meters.received(route, request.bytesRead());
    }
    if (!whole) {
      meters.broke(route);
    }
    if (transfer != null) {
      var bytes = transfer == Direction.OUT ? out : request.bytesRead();
      meters.transferEnds(transfer, bytes, now - transferBegan);
    }
  }

  private long bytesOut(RoutingContext ctx) {
    return isHead(ctx.request()) ? 0 : ctx.response().bytesWritten() + sent;
  }

  /** Notes which row of the table answers. */
  static void route(RoutingContext ctx, String route) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.route = route;
      Spans.route(ctx.request().method().name(), route);
    }
  }

  /** Notes which repository the request is about, by its name here. */
  static void repository(RoutingContext ctx, RepositoryName name) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.repository = name;
      Spans.note("layover.repository", name.value());
    }
  }

  /** Notes who sent the request, where that is certain. */
  static void user(RoutingContext ctx, Account account) {
    if (ctx.get(KEY) instanceof RequestLog log && !account.isAnonymous()) {
      log.user = Entrance.shown(account);
    }
  }

  /** Notes how the answer came about, which is about to begin. */
  static void outcome(RoutingContext ctx, Outcome outcome) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.outcome = outcome;
      Spans.note("layover.cache", outcome.kind().label());
      var source = Source.of(outcome);
      ctx.addHeadersEndHandler(v -> log.meters.began(source, System.nanoTime() - log.started));
    }
  }

  /** Notes bytes of the body that went out below the response, which counts only its own. */
  static void sent(RoutingContext ctx, long bytes) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.sent += bytes;
    }
  }

  private void write(RoutingContext ctx, boolean whole, long now) {
    var request = ctx.request();
    var response = ctx.response();
    var line =
        LOG.atInfo()
            .addKeyValue("method", request.method().name())
            .addKeyValue("route", route)
            .addKeyValue("status", response.getStatusCode())
            .addKeyValue("bytes", bytesOut(ctx))
            .addKeyValue("ms", millis(now - started));
    if (repository != null) {
      line = line.addKeyValue("repository", repository.value());
    }
    if (outcome != null) {
      line = line.addKeyValue("cache", outcome.kind().label());
    }
    line = line.addKeyValue("client", client(request)).addKeyValue("user", user);
    var what = request.method().name() + ' ' + clean(request.path());
    line.log(whole ? what : what + " (the client did not get all of it)");
  }

  /** Whatever is written to the answer of a HEAD, nothing of it is sent. */
  private static boolean isHead(HttpServerRequest request) {
    return request.method().equals(HttpMethod.HEAD);
  }

  /** To the microsecond. */
  private static double millis(long nanos) {
    return Math.round(nanos / 1e3) / 1e3;
  }

  private String client(HttpServerRequest request) {
    var address = peers.addressOf(request);
    return address == null ? "-" : address;
  }

  private static String clean(@Nullable String path) {
    return path == null ? "-" : Excerpt.of(path);
  }
}
