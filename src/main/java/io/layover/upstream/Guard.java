package io.layover.upstream;

import io.layover.upstream.Budget.Limit;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides whether an upstream is asked at all, and learns from what comes of it. */
final class Guard {
  private final boolean offline;
  private final Breaker breaker;
  private final Budget budget;
  private final FailureLog failures;
  private final UpstreamMeters meters;
  private final Time time;

  Guard(
      boolean offline,
      Breaker breaker,
      Budget budget,
      FailureLog failures,
      UpstreamMeters meters,
      Time time) {
    this.offline = offline;
    this.breaker = breaker;
    this.budget = budget;
    this.failures = failures;
    this.meters = meters;
    this.time = time;
  }

  /**
   * What {@code send} brings, if the upstream may be asked now.
   *
   * @param path what follows the repository's name
   */
  Future<Answer> ask(HttpMethod method, String path, Supplier<Future<Answer>> send) {
    var ask = Ask.of(method, path);
    var reason = withheld(ask);
    if (reason != null || !breaker.admits()) {
      var failure = reason == null ? UpstreamFailure.leftAlone(Duration.ZERO) : reason;
      meters.withheld(failure.word());
      return Future.failedFuture(failure);
    }
    var started = time.nanos();
    return Future.succeededFuture()
        .compose(v -> send.get())
        .onSuccess(
            answer -> {
              meters.sent(method, outcome(answer.status()), time.nanos() - started);
              learn(ask, answer);
            })
        .onFailure(
            e -> {
              meters.sent(method, outcome(e), time.nanos() - started);
              learn(ask, e);
            });
  }

  /** Why nothing of this kind is asked for at the moment, or null. */
  @Nullable UpstreamFailure withheld(Ask ask) {
    if (offline) {
      return UpstreamFailure.offline();
    }
    var limited = budget.rest(ask);
    if (!limited.isZero()) {
      return UpstreamFailure.limited(limited);
    }
    var rest = breaker.rest();
    return rest.isZero() ? null : UpstreamFailure.leftAlone(rest);
  }

  private void learn(Ask ask, Answer answer) {
    var limit =
        RateLimit.parse(answer.header("ratelimit-limit"), answer.header("ratelimit-remaining"));
    if (limit != null) {
      see(limit);
    }
    if (answer.status() >= 500) {
      failed();
      return;
    }
    breaker.succeeded();
    if (answer.status() == 429) {
      limited(ask, isJson(answer) ? Limit.PULL : Limit.ABUSE, answer.header("Retry-After"));
    } else {
      budget.admitted(ask);
    }
  }

  private static boolean isJson(Answer answer) {
    var type = answer.header("Content-Type");
    return type != null && type.toLowerCase(Locale.ROOT).contains("json");
  }

  private void learn(Ask ask, Throwable e) {
    var failure = e instanceof UpstreamFailure known ? known : null;
    if (failure == null || failure.kind() == Kind.UNAVAILABLE) {
      failed();
      return;
    }
    breaker.succeeded();
    if (failure.kind() == Kind.LIMITED) {
      // The registry's own limits come as answers, so this is the token server's.
      limited(ask, Limit.LOGIN, failure.retryAfter());
    }
  }

  private void failed() {
    if (breaker.failed()) {
      failures.leftAlone();
    }
  }

  private void limited(Ask ask, Limit limit, @Nullable String retryAfter) {
    meters.limited(limit);
    failures.limited(limit, budget.limited(ask, limit, retryAfter));
  }

  private void see(RateLimit limit) {
    var before = budget.level();
    budget.saw(limit);
    var level = budget.level();
    if (level.compareTo(before) > 0) {
      failures.low(limit, level);
    }
  }

  private static String outcome(int status) {
    return switch (status) {
      case 401, 403, 404, 410 -> "absent";
      case 429 -> "limited";
      default ->
          status >= 500
              ? "unavailable"
              : status >= 400 ? "broken" : status >= 300 ? "redirected" : "ok";
    };
  }

  private static String outcome(Throwable e) {
    return e instanceof UpstreamFailure failure
        ? failure.kind().name().toLowerCase(Locale.ROOT)
        : "failed";
  }
}
