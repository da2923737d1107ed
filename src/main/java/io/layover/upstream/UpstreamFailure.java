package io.layover.upstream;

import io.layover.log.Reason;
import io.layover.oci.RepositoryName;
import io.netty.handler.codec.TooLongFrameException;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.time.Instant;
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

  private static final String REMEMBERED = "negative";
  private static final String OFFLINE = "offline";
  private static final String LEFT_ALONE = "left-alone";

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
  private final Facts facts;

  /** What else is known of a failure. */
  private record Facts(
      int status,
      @Nullable String retryAfter,
      @Nullable Refusal refusal,
      @Nullable String word,
      @Nullable Instant confirmed) {
    private static final Facts NONE = new Facts(0, null, null, null, null);

    private Facts word(String other) {
      return new Facts(status, retryAfter, refusal, other, confirmed);
    }

    private Facts confirmed(Instant last) {
      return new Facts(status, retryAfter, refusal, word, last);
    }
  }

  UpstreamFailure(Kind kind, String message) {
    this(kind, message, null);
  }

  UpstreamFailure(Kind kind, String message, @Nullable Throwable cause) {
    this(kind, message, cause, Facts.NONE);
  }

  private UpstreamFailure(Kind kind, String message, @Nullable Throwable cause, Facts facts) {
    super(message, cause, false, false);
    this.kind = kind;
    this.facts = facts;
  }

  /** An answer that is not taken. */
  static UpstreamFailure refused(Refusal reason, String message) {
    return refused(reason, message, null);
  }

  static UpstreamFailure refused(Refusal reason, String message, @Nullable Throwable cause) {
    var kind = reason == Refusal.SLOW ? Kind.UNAVAILABLE : Kind.BROKEN;
    return new UpstreamFailure(kind, message, cause, new Facts(0, null, reason, null, null));
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
    if (e instanceof TooLongFrameException || e.getCause() instanceof TooLongFrameException) {
      return refused(Refusal.HEADERS, server + ": the head of its answer is too long", e);
    }
    return new UpstreamFailure(Kind.UNAVAILABLE, server + ": " + Reason.of(e), e);
  }

  /** An answer that is no success. */
  static UpstreamFailure answered(
      Kind kind, String message, int status, @Nullable String retryAfter) {
    var when = retryAfter != null && RETRY_AFTER.matcher(retryAfter).matches() ? retryAfter : null;
    return new UpstreamFailure(kind, message, null, new Facts(status, when, null, null, null));
  }

  /**
   * A request that was not sent.
   *
   * @param word the reason in one word, for {@code Cache-Status}
   */
  static UpstreamFailure withheld(Kind kind, String word, String message) {
    return new UpstreamFailure(kind, message, null, Facts.NONE.word(word));
  }

  /** One that was not sent because the configuration does not allow this repository of it. */
  static UpstreamFailure denied(RepositoryName there) {
    return withheld(Kind.ABSENT, "denied", "its configuration does not allow " + there);
  }

  /** One that was not sent because none may be. */
  static UpstreamFailure offline() {
    return withheld(Kind.UNAVAILABLE, OFFLINE, "proxy.offline is set, so it is not called");
  }

  /** One that was not sent because the upstream has failed again and again. */
  static UpstreamFailure leftAlone(Duration rest) {
    return new UpstreamFailure(
        Kind.UNAVAILABLE,
        "it has failed several times in a row, so it is left alone for a while",
        null,
        new Facts(0, seconds(rest), null, LEFT_ALONE, null));
  }

  /** One that was not sent because the upstream has said 429, and holds as long as that does. */
  static UpstreamFailure limited(Duration rest) {
    return new UpstreamFailure(
        Kind.LIMITED,
        "it said 429, so it is not asked for another " + seconds(rest) + " s",
        null,
        new Facts(429, seconds(rest), null, null, null));
  }

  /** At least one, as there is something to wait for. */
  private static String seconds(Duration rest) {
    return Long.toString(Math.max(1, rest.plusMillis(999).toSeconds()));
  }

  /** The same, as it is known from before. */
  UpstreamFailure remembered() {
    return new UpstreamFailure(kind, getMessage(), getCause(), facts.word(REMEMBERED));
  }

  boolean isRemembered() {
    return REMEMBERED.equals(facts.word);
  }

  /** The same, if it does not say when to try again. */
  UpstreamFailure orRetryAfter(Duration rest) {
    return facts.retryAfter != null || rest.isZero()
        ? this
        : new UpstreamFailure(
            kind,
            getMessage(),
            getCause(),
            new Facts(facts.status, seconds(rest), facts.refusal, facts.word, facts.confirmed));
  }

  /** The same, where a cached tag is too old to be answered instead. */
  UpstreamFailure beyond(Instant lastConfirmed) {
    return new UpstreamFailure(
        kind, getMessage(), getCause(), facts.word("expired").confirmed(lastConfirmed));
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  Kind kind() {
    return kind;
  }

  boolean isOffline() {
    return OFFLINE.equals(facts.word);
  }

  boolean isLeftAlone() {
    return LEFT_ALONE.equals(facts.word);
  }

  /** Why an answer was not taken, where that may be an attack. */
  @Nullable Refusal refusal() {
    return facts.refusal;
  }

  /** The status of the answer, or 0 if there was none. */
  int status() {
    return facts.status;
  }

  /** When to try again, as the upstream wrote it. */
  @Nullable String retryAfter() {
    return facts.retryAfter;
  }

  /** The reason in one word, made of letters and dashes. */
  String word() {
    if (facts.word != null) {
      return facts.word;
    }
    return switch (kind) {
      case ABSENT -> "absent";
      case LIMITED -> "limited";
      case REFUSED, UNAVAILABLE, BROKEN -> "upstream-failed";
    };
  }

  /** When the upstream last confirmed what is cached and too old; null if nothing is cached. */
  @Nullable Instant confirmed() {
    return facts.confirmed;
  }
}
