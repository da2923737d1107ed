package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.registry.PullFailure;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place where errors are written: the specification's JSON for the client, the cause for
 * the log.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes">distribution-spec,
 *     Error Codes</a>
 */
final class Failures {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  /** What writing to a client who has left fails with, where no type says so. */
  private static final Pattern LOST =
      Pattern.compile("^Connection was closed$|Connection reset|Broken pipe");

  /** What the system says of a disk that is full; no type says so. */
  private static final Pattern FULL =
      Pattern.compile("No space left on device|Disk quota exceeded|File too large");

  private Failures() {}

  /** Answers a failed request. */
  static void answer(RoutingContext ctx) {
    var cause = ctx.failure();
    var error = cause instanceof RegistryException known ? known : unexpected(ctx, cause);
    var response = ctx.response();
    if (response.closed() || response.ended()) {
      RequestLog.broken(ctx);
      return;
    }
    if (response.headWritten()) {
      response.reset(Bodies.BROKEN);
      return;
    }
    if (error instanceof PullFailure pull) {
      RequestLog.outcome(ctx, pull.outcome());
      Headers.outcome(response.headers(), pull.outcome());
    }
    write(ctx.request(), error);
  }

  private static RegistryException unexpected(RoutingContext ctx, @Nullable Throwable cause) {
    if (cause == null || (ctx.statusCode() >= 400 && ctx.statusCode() < 500)) {
      return ofStatus(ctx.statusCode());
    }
    if (isGone(cause)) {
      LOG.debug("{} {}: the client left", ctx.request().method(), ctx.request().path());
    } else if (isFull(cause)) {
      LOG.warn(
          "{} {}: the storage is full: {}",
          ctx.request().method(),
          ctx.request().path(),
          cause.getMessage());
      return new RegistryException(ErrorCode.STORAGE_FULL);
    } else {
      LOG.error("{} {} failed", ctx.request().method(), ctx.request().path(), cause);
    }
    return new RegistryException(ErrorCode.UNKNOWN, "the registry failed; its log says why");
  }

  private static boolean isGone(Throwable cause) {
    return cause instanceof HttpClosedException
        || cause instanceof ClosedChannelException
        || LOST.matcher(String.valueOf(cause.getMessage())).find();
  }

  private static boolean isFull(Throwable cause) {
    return cause instanceof IOException && FULL.matcher(String.valueOf(cause.getMessage())).find();
  }

  /** The error for what is refused before it reaches an endpoint. */
  static RegistryException ofStatus(int status) {
    return switch (status) {
      case 400 -> new RegistryException(ErrorCode.NAME_INVALID, "the request is not well formed");
      case 404 -> new RegistryException(ErrorCode.NAME_UNKNOWN, "there is nothing at this path");
      case 405 -> new RegistryException(ErrorCode.UNSUPPORTED, "not with this method");
      default -> new RegistryException(ErrorCode.UNKNOWN, "the request cannot be served");
    };
  }

  /** Answers what the parser could not take for a request. */
  static void refuse(HttpServerRequest request) {
    var cause = request.decoderResult().cause();
    var status =
        switch (cause) {
          case TooLongHttpHeaderException e -> 431;
          case TooLongHttpLineException e -> 414;
          case null, default -> 400;
        };
    var message =
        switch (status) {
          case 431 -> "the headers are too large";
          case 414 -> "the path is too long";
          default -> "the request is malformed";
        };
    LOG.info(
        "refused from {}: {}{}",
        request.remoteAddress(),
        cause == null ? "malformed" : cause.getMessage(),
        status == 400 ? " (TLS looks like that where none is configured)" : "");
    request.response().putHeader("Connection", "close");
    write(request, status, new RegistryException(ErrorCode.UNSUPPORTED, message));
    request.connection().close();
  }

  /** Writes an error as the answer. */
  static void write(HttpServerRequest request, RegistryException error) {
    write(request, error.code().status(), error);
  }

  static void write(HttpServerRequest request, int status, RegistryException error) {
    var response = request.response().setStatusCode(status);
    if (error.detail() instanceof Map<?, ?> detail && detail.get("retryAfter") != null) {
      response.putHeader(HttpHeaders.RETRY_AFTER, String.valueOf(detail.get("retryAfter")));
    }
    var json =
        new JsonObject().put("code", error.code().wireCode()).put("message", error.getMessage());
    if (error.detail() != null) {
      json.put("detail", error.detail());
    }
    var body = new JsonObject().put("errors", new JsonArray().add(json)).toBuffer();
    response
        .putHeader("Content-Type", "application/json")
        .putHeader("Content-Length", Integer.toString(body.length()));
    if (request.method().equals(HttpMethod.HEAD)) {
      response.end();
    } else {
      response.end(body);
    }
  }
}
