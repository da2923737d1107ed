package io.layover.upstream;

import io.layover.log.Reason;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Why an upstream did not give what it was asked for. It never reaches a client as it is: the cache
 * decides what the client sees.
 */
final class UpstreamFailure extends RuntimeException {
  /** Seconds, or a date as HTTP writes it. */
  private static final Pattern RETRY_AFTER =
      Pattern.compile("[0-9]{1,9}|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT");

  /** What the failure means for the cache. */
  enum Kind {
    /** The upstream answered: it has no such thing, or not for us. */
    ABSENT,
    /** The upstream, or its token server, does not accept the configured credentials. */
    REFUSED,
    /** The upstream asks to be left alone for a while. */
    LIMITED,
    /** The upstream cannot be reached, or is not well. */
    UNAVAILABLE,
    /** The upstream answered nonsense, or something that may be an attack. */
    BROKEN
  }

  private final Kind kind;
  private final @Nullable String retryAfter;

  UpstreamFailure(Kind kind, String message) {
    this(kind, message, null, null);
  }

  UpstreamFailure(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, message, cause, null);
  }

  UpstreamFailure(
      Kind kind, String message, @Nullable Throwable cause, @Nullable String retryAfter) {
    super(message, cause, false, false);
    this.kind = kind;
    this.retryAfter =
        retryAfter != null && RETRY_AFTER.matcher(retryAfter).matches() ? retryAfter : null;
  }

  /** A request that got no answer. */
  static UpstreamFailure unreachable(RequestOptions request, Throwable e, Patience patience) {
    var late =
        e instanceof TimeoutException && !String.valueOf(e.getMessage()).contains("connection");
    var why = late ? "no answer within " + Patience.text(patience.answer()) : Reason.of(e);
    return new UpstreamFailure(
        Kind.UNAVAILABLE,
        "%s:%d: %s".formatted(request.getHost(), request.getPort(), why),
        late ? null : e);
  }

  Kind kind() {
    return kind;
  }

  /** When to try again, as the upstream wrote it. */
  @Nullable String retryAfter() {
    return retryAfter;
  }
}
