package io.layover.auth;

import io.layover.auth.Authenticator.WrongPassword;
import io.layover.auth.Authorizer.Decision;
import io.layover.auth.Passwords.TooManyAttempts;
import io.layover.auth.RefreshTokens.Login;
import io.layover.auth.RefreshTokens.Refresh;
import io.layover.auth.TokenIssuer.Issued;
import io.layover.auth.TokenRequest.Proof;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The token server: finds out who asks, what the rules grant of what is asked for, and issues a
 * token for that. Being granted less than was asked for is no failure.
 */
public final class TokenService {
  private static final Decision NO_RULE = new Decision(Set.of(), "no rule");

  private final Passwords passwords;
  private final RefreshTokens refreshTokens;
  private final List<Authorizer> authorizers;
  private final TokenIssuer issuer;
  private final TokenAudit audit;

  /** Asks the authorizers in their order; the first that has a rule decides. */
  public TokenService(
      Passwords passwords,
      RefreshTokens refreshTokens,
      List<Authorizer> authorizers,
      TokenIssuer issuer,
      MeterRegistry meters) {
    this.passwords = passwords;
    this.refreshTokens = refreshTokens;
    this.authorizers = List.copyOf(authorizers);
    this.issuer = issuer;
    this.audit = new TokenAudit(passwords, meters);
  }

  /** Who asks has no refresh token that counts. */
  public static final class WrongRefreshToken extends RuntimeException {
    WrongRefreshToken() {
      super("the refresh token does not count, or no more", null, false, false);
    }
  }

  /**
   * What a client is given.
   *
   * @param granted of what it asked for
   * @param refresh the refresh token; null if there is none
   */
  public record Answer(Issued issued, List<Scope> granted, @Nullable String refresh) {}

  /** A scope that was asked for, and what was decided. */
  record Decided(Scope asked, Decision decision) {
    Scope granted() {
      return new Scope(asked.type(), asked.name(), decision.actions());
    }
  }

  /** Everything that was found out. */
  record Outcome(Account account, List<Decided> scopes, @Nullable String refreshId) {}

  /** Who asks, and the refresh token that says so. */
  private record Visitor(Account account, @Nullable Refresh refresh) {}

  /** What a client without the right password is told to show: {@code WWW-Authenticate}. */
  public String challenge() {
    return Challenges.basic(issuer.issuer());
  }

  /** The keys by which its tokens can be verified. */
  public JsonObject jwks() {
    return issuer.jwks();
  }

  /**
   * A token. Fails with {@link WrongPassword}, {@link WrongRefreshToken} or {@link
   * TooManyAttempts}.
   */
  public Future<Answer> token(TokenRequest request) {
    return visitor(request)
        .compose(
            visitor ->
                decide(request, visitor.account, new ArrayList<>())
                    .compose(scopes -> answer(request, visitor, scopes)))
        .onFailure(e -> audit.refused(request, e));
  }

  private Future<Visitor> visitor(TokenRequest request) {
    return switch (request.proof()) {
      case Proof.Password(var credentials) ->
          passwords
              .check(credentials, request.address())
              .compose(
                  account ->
                      refresh(account, request).map(refresh -> new Visitor(account, refresh)));
      case Proof.Refresh(var token) -> {
        Login login = refreshTokens.login(token, request.service());
        yield login == null
            ? Future.failedFuture(new WrongRefreshToken())
            : Future.succeededFuture(new Visitor(login.account(), new Refresh(login.id(), token)));
      }
    };
  }

  private Future<@Nullable Refresh> refresh(Account account, TokenRequest request) {
    return request.offline()
        ? refreshTokens.issue(account, request.service(), request.address())
        : Future.succeededFuture(null);
  }

  /** One scope after the other: those of one request are few, and often meet the same rule. */
  private Future<List<Decided>> decide(
      TokenRequest request, Account account, List<Decided> decided) {
    if (decided.size() == request.scopes().size()) {
      return Future.succeededFuture(decided);
    }
    var scope = request.scopes().get(decided.size());
    var question = new Authorizer.Request(account, scope, request.service(), request.address());
    return ask(0, question)
        .compose(
            decision -> {
              decided.add(new Decided(scope, decision));
              return decide(request, account, decided);
            });
  }

  private Future<Decision> ask(int next, Authorizer.Request question) {
    if (next == authorizers.size()) {
      return Future.succeededFuture(NO_RULE);
    }
    return authorizers
        .get(next)
        .authorize(question)
        .compose(
            decision ->
                decision == null ? ask(next + 1, question) : Future.succeededFuture(decision));
  }

  private Future<Answer> answer(TokenRequest request, Visitor visitor, List<Decided> scopes) {
    var granted =
        scopes.stream()
            .filter(scope -> !scope.decision.actions().isEmpty())
            .map(Decided::granted)
            .toList();
    var refresh = visitor.refresh;
    return issuer
        .issue(visitor.account, request.service(), granted)
        .onSuccess(
            issued ->
                audit.granted(
                    request,
                    new Outcome(visitor.account, scopes, refresh == null ? null : refresh.id())))
        .map(
            issued ->
                new Answer(
                    issued,
                    granted,
                    refresh == null || !request.offline() ? null : refresh.token()));
  }
}
