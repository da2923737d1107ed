package io.layover.upstream;

import org.jspecify.annotations.Nullable;

/**
 * Why an upstream did not give what it was asked for. It never reaches a client as it is: the cache
 * decides what the client sees.
 */
final class UpstreamFailure extends RuntimeException {
  /** What the failure means for the cache. */
  enum Kind {
    /** The upstream answered: it has no such thing, or not for us. */
    ABSENT,
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
    this.retryAfter = retryAfter;
  }

  Kind kind() {
    return kind;
  }

  /** The seconds after which to try again, as the upstream wrote them. */
  @Nullable String retryAfter() {
    return retryAfter;
  }
}
