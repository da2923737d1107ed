package io.layover.standin;

import io.layover.standin.Tokens.Verdict;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets in who may pull, and tells others how they may. */
final class Gate {
  private final Tokens tokens;
  volatile Auth auth = Auth.TOKEN;
  volatile ChallengeForm form = ChallengeForm.QUOTED;
  volatile String realm = "";
  volatile boolean expiredIs400;

  Gate(Tokens tokens) {
    this.tokens = tokens;
  }

  /** Whether the request may go on; if not, it is answered. */
  boolean admits(HttpServerRequest request, Rule rule, @Nullable String repository) {
    var verdict = verdict(request.getHeader("Authorization"), repository);
    if (rule.unauthorized && verdict == Verdict.GOOD) {
      verdict = Verdict.FOREIGN;
    }
    if (verdict == Verdict.EXPIRED && expiredIs400) {
      Answers.error(request.response(), rule, 400, "DENIED", "Your token has expired");
    } else if (verdict != Verdict.GOOD) {
      challenge(request, rule, repository, verdict);
    }
    return verdict == Verdict.GOOD;
  }

  Verdict verdict(@Nullable String authorization, @Nullable String repository) {
    return switch (auth) {
      case NONE -> Verdict.GOOD;
      case TOKEN_FOR_SECRETS ->
          repository == null || tokens.isSecret(repository)
              ? tokens.judge(authorization, repository)
              : Verdict.GOOD;
      case BASIC -> tokens.judgePassword(authorization, repository);
      case TOKEN -> tokens.judge(authorization, repository);
    };
  }

  private void challenge(
      HttpServerRequest request, Rule rule, @Nullable String repository, Verdict verdict) {
    var error =
        switch (verdict) {
          case ABSENT -> null;
          case FOREIGN -> "insufficient_scope";
          default -> "invalid_token";
        };
    var scope = repository == null ? null : "repository:" + repository + ":pull";
    var lines =
        auth == Auth.BASIC
            ? List.of("Basic realm=\"standin\"")
            : form.lines(realm, "standin.example", scope, error);
    request.response().putHeader("WWW-Authenticate", lines);
    Answers.error(request.response(), rule, 401, "UNAUTHORIZED", String.valueOf(scope));
  }
}
