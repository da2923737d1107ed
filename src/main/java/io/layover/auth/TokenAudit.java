package io.layover.auth;

import io.layover.auth.Authenticator.WrongPassword;
import io.layover.auth.Passwords.TooManyAttempts;
import io.layover.auth.TokenRequest.Proof;
import io.layover.auth.TokenService.Decided;
import io.layover.auth.TokenService.Outcome;
import io.layover.auth.TokenService.WrongRefreshToken;
import io.layover.oci.Excerpt;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** A line in the audit log, and a figure, for every request for a token. */
final class TokenAudit {
  private static final Logger AUDIT = LoggerFactory.getLogger("audit");

  /** A line of the log is not as long as the longest request. */
  private static final int MOST_SCOPES = 20;

  private final Passwords passwords;
  private final AuthMeters meters;

  TokenAudit(Passwords passwords, MeterRegistry meters) {
    this.passwords = passwords;
    this.meters = new AuthMeters(meters);
  }

  void granted(TokenRequest request, Outcome outcome) {
    var decision = decision(outcome.scopes());
    meters.token(request.proof(), decision);
    var line =
        line(request, decision, outcome.account().name())
            .addKeyValue("granted", joined(outcome.scopes(), TokenAudit::granted))
            .addKeyValue("rule", joined(outcome.scopes(), scope -> scope.decision().rule()));
    if (outcome.refreshId() != null) {
      line = line.addKeyValue("refresh", outcome.refreshId());
    }
    line.log("a token is issued");
  }

  private static String granted(Decided scope) {
    return scope.decision().actions().isEmpty() ? "" : scope.granted().toString();
  }

  private static AuthMeters.Token decision(List<Decided> scopes) {
    if (scopes.stream()
        .allMatch(scope -> scope.decision().actions().containsAll(scope.asked().actions()))) {
      return AuthMeters.Token.GRANTED;
    }
    return scopes.stream().allMatch(scope -> scope.decision().actions().isEmpty())
        ? AuthMeters.Token.DENIED
        : AuthMeters.Token.PARTLY;
  }

  void refused(TokenRequest request, Throwable e) {
    var decision =
        switch (e) {
          case WrongPassword wrong -> AuthMeters.Token.REFUSED;
          case WrongRefreshToken wrong -> AuthMeters.Token.REFUSED;
          case TooManyAttempts many -> AuthMeters.Token.LIMITED;
          default -> AuthMeters.Token.FAILED;
        };
    meters.token(request.proof(), decision);
    if (decision != AuthMeters.Token.FAILED) {
      line(request, decision, knownUser(request.proof()))
          .log("no token is issued: {}", e.getMessage());
    }
  }

  /** A name that nobody has may be a password. */
  private String knownUser(Proof proof) {
    return proof instanceof Proof.Password(var credentials)
            && passwords.entry(credentials.user()) != null
        ? credentials.user()
        : "";
  }

  private static LoggingEventBuilder line(
      TokenRequest request, AuthMeters.Token decision, String user) {
    return AUDIT
        .atInfo()
        .addKeyValue("decision", decision.label())
        .addKeyValue("grant", request.proof().grant())
        .addKeyValue("user", user.isEmpty() ? "-" : Excerpt.of(user))
        .addKeyValue("client", request.address() == null ? "-" : request.address())
        .addKeyValue("service", Excerpt.of(request.service()))
        .addKeyValue("scope", joined(request.scopes(), Scope::toString));
  }

  private static <T> String joined(List<T> all, Function<T, String> text) {
    var shown =
        all.stream()
            .map(text)
            .filter(one -> !one.isEmpty())
            .distinct()
            .limit(MOST_SCOPES)
            .map(Excerpt::of)
            .collect(Collectors.joining(" "));
    return all.size() > MOST_SCOPES ? shown + " …" : shown;
  }
}
