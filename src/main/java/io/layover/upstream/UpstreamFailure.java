package io.layover.upstream;

import io.layover.log.Reason;
import io.netty.handler.codec.TooLongFrameException;
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
  private final @Nullable Refusal refusal;
  private final @Nullable String retryAfter;

  UpstreamFailure(Kind kind, String message) {
    this(kind, message, null, null, null);
  }

  UpstreamFailure(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, message, cause, null, null);
  }

  UpstreamFailure(
      Kind kind, String message, @Nullable Throwable cause, @Nullable String retryAfter) {
    this(kind, message, cause, null, retryAfter);
  }

  private UpstreamFailure(
      Kind kind,
      String message,
      @Nullable Throwable cause,
      @Nullable Refusal refusal,
      @Nullable String retryAfter) {
    super(message, cause, false, false);
    this.kind = kind;
    this.refusal = refusal;
    this.retryAfter =
        retryAfter != null && RETRY_AFTER.matcher(retryAfter).matches() ? retryAfter : null;
  }

  /** An answer that is not taken. */
  static UpstreamFailure refused(Refusal reason, String message) {
    return refused(reason, message, null);
  }

  static UpstreamFailure refused(Refusal reason, String message, @Nullable Throwable cause) {
    var kind = reason == Refusal.SLOW ? Kind.UNAVAILABLE : Kind.BROKEN;
    return new UpstreamFailure(kind, message, cause, reason, null);
  }

  /** A request that got no answer. */
  static UpstreamFailure unreachable(RequestOptions request, Throwable e, Patience patience) {
    var late =
        e instanceof TimeoutException && !String.valueOf(e.getMessage()).contains("connection");
    var server = request.getHost() + ":" + request.getPort();
    if (late) {
      return refused(
          Refusal.SLOW,
          "%s: no answer within %s".formatted(server, Patience.text(patience.answer())));
    }
    if (e instanceof TooLongFrameException) {
      return refused(Refusal.HEADERS, server + ": the head of its answer is too long", e);
    }
    return new UpstreamFailure(Kind.UNAVAILABLE, server + ": " + Reason.of(e), e);
  }

  Kind kind() {
    return kind;
  }

  /** Why an answer was not taken, where that may be an attack. */
  @Nullable Refusal refusal() {
    return refusal;
  }

  /** When to try again, as the upstream wrote it. */
  @Nullable String retryAfter() {
    return retryAfter;
  }
}
