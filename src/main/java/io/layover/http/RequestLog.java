package io.layover.http;

import io.layover.auth.Account;
import io.layover.auth.Entrance;
import io.layover.oci.Excerpt;
import io.layover.oci.RepositoryName;
import io.layover.registry.Outcome;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One line for each request, when its answer is out or its client gone. */
final class RequestLog {
  private static final Logger LOG = LoggerFactory.getLogger("access");
  private static final String KEY = RequestLog.class.getName();

  private final long started = System.nanoTime();
  private final Peers peers;
  private String route = "none";
  private @Nullable RepositoryName repository;
  private @Nullable Outcome outcome;
  private String user = "-";
  private boolean ended;
  private long sent;

  private RequestLog(Peers peers) {
    this.peers = peers;
  }

  /** Begins a line, unless it was begun before. */
  static void begin(RoutingContext ctx, Peers peers) {
    if (LOG.isInfoEnabled() && ctx.get(KEY) == null) {
      var log = new RequestLog(peers);
      ctx.put(KEY, log);
      ctx.addEndHandler(done -> log.end(ctx, done.succeeded()));
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
      write(ctx, whole);
    }
  }

  /** Notes which row of the table answers. */
  static void route(RoutingContext ctx, String route) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.route = route;
    }
  }

  /** Notes which repository the request is about, by its name here. */
  static void repository(RoutingContext ctx, RepositoryName name) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.repository = name;
    }
  }

  /** Notes who sent the request, where that is certain. */
  static void user(RoutingContext ctx, Account account) {
    if (ctx.get(KEY) instanceof RequestLog log && !account.isAnonymous()) {
      log.user = Entrance.shown(account);
    }
  }

  /** Notes how the answer came about. */
  static void outcome(RoutingContext ctx, Outcome outcome) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.outcome = outcome;
    }
  }

  /** Notes bytes of the body that went out below the response, which counts only its own. */
  static void sent(RoutingContext ctx, long bytes) {
    if (ctx.get(KEY) instanceof RequestLog log) {
      log.sent += bytes;
    }
  }

  private void write(RoutingContext ctx, boolean whole) {
    var request = ctx.request();
    var response = ctx.response();
    var line =
        LOG.atInfo()
            .addKeyValue("method", request.method().name())
            .addKeyValue("route", route)
            .addKeyValue("status", response.getStatusCode())
            .addKeyValue("bytes", isHead(request) ? 0L : response.bytesWritten() + sent)
            .addKeyValue("ms", millis());
    if (repository != null) {
      line = line.addKeyValue("repository", repository.value());
    }
    if (outcome != null) {
      line = line.addKeyValue("cache", outcome.kind().label());
    }
    line = line.addKeyValue("client", client(request)).addKeyValue("user", user);
    line.log(
        whole ? "{} {}" : "{} {} (the client did not get all of it)",
        request.method().name(),
        clean(request.path()));
  }

  /** Whatever is written to the answer of a HEAD, nothing of it is sent. */
  private static boolean isHead(HttpServerRequest request) {
    return request.method().equals(HttpMethod.HEAD);
  }

  /** To the microsecond. */
  private double millis() {
    return Math.round((System.nanoTime() - started) / 1e3) / 1e3;
  }

  private String client(HttpServerRequest request) {
    var address = peers.addressOf(request);
    return address == null ? "-" : address;
  }

  private static String clean(@Nullable String path) {
    return path == null ? "-" : Excerpt.of(path);
  }
}
