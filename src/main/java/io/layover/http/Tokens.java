package io.layover.http;

import io.layover.auth.Authenticator.WrongPassword;
import io.layover.auth.Credentials;
import io.layover.auth.Passwords.TooManyAttempts;
import io.layover.auth.Scope;
import io.layover.auth.TokenRequest;
import io.layover.auth.TokenRequest.Proof;
import io.layover.auth.TokenService;
import io.layover.auth.TokenService.Answer;
import io.layover.auth.TokenService.WrongRefreshToken;
import io.layover.oci.RegistryException;
import io.layover.trace.Spans;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The token server's endpoints.
 *
 * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">distribution, Token
 *     Authentication Specification</a>
 * @see <a href="https://distribution.github.io/distribution/spec/auth/oauth/">distribution, OAuth2
 *     Token Authentication</a>
 */
public final class Tokens {
  private static final int LARGEST = 64 << 10;
  private static final int MOST_SCOPES = 100;
  private static final int LONGEST = 256;

  private final TokenService service;
  private final ClientAddress address;
  private final @Nullable LocalNames names;

  /**
   * The endpoints of a service.
   *
   * @param names of the registry that the server is part of; null if it runs alone
   */
  public Tokens(TokenService service, ClientAddress address, @Nullable LocalNames names) {
    this.service = service;
    this.address = address;
    this.names = names;
  }

  /** Answers a request with its parameters in the query. */
  Future<Void> get(RoutingContext ctx) {
    return answer(
        ctx,
        Future.succeededFuture(ctx.request().query())
            .map(
                query -> {
                  var form = form(query);
                  return request(
                      ctx,
                      form,
                      password(ctx, form, Credentials.NONE),
                      "true".equals(form.get("offline_token")));
                }));
  }

  /** Answers a request with its parameters in a form. */
  Future<Void> post(RoutingContext ctx) {
    return answer(
        ctx,
        Bodies.receive(ctx.request(), LARGEST)
            .recover(
                e ->
                    Future.failedFuture(
                        e instanceof RegistryException
                            ? TokenFailure.invalid("the form has more than 64 KiB")
                            : e))
            .map(
                body -> {
                  requireForm(ctx.request());
                  var form = form(body.toString(StandardCharsets.UTF_8));
                  var offline = "offline".equals(form.get("access_type"));
                  return request(ctx, form, proof(ctx, form), offline);
                }));
  }

  /** The keys by which the tokens can be verified. */
  Future<Void> jwks(RoutingContext ctx) {
    return json(ctx, service.jwks());
  }

  private Future<Void> answer(RoutingContext ctx, Future<TokenRequest> request) {
    return request
        .compose(asked -> Spans.ifSlow("token", () -> service.token(asked)))
        .compose(answer -> json(ctx, body(answer)))
        .recover(
            e -> {
              var failure = failure(e);
              return failure == null
                  ? Future.failedFuture(e)
                  : failure.write(ctx.response(), service.challenge());
            });
  }

  /** The failure that a client is told of; null if the server is at fault. */
  private static @Nullable TokenFailure failure(Throwable e) {
    return switch (e) {
      case TokenFailure failure -> failure;
      case WrongPassword wrong -> TokenFailure.refused("incorrect username or password");
      case WrongRefreshToken wrong -> TokenFailure.refused(String.valueOf(wrong.getMessage()));
      case TooManyAttempts many -> TokenFailure.limited(many.retryAfter());
      default -> null;
    };
  }

  private TokenRequest request(RoutingContext ctx, Form form, Proof proof, boolean offline) {
    var registry = bounded(form, "service");
    return new TokenRequest(
        proof, registry, named(scopes(form), registry), offline, address.of(ctx.request()));
  }

  private List<Scope> named(List<Scope> scopes, String registry) {
    var local = names;
    return local == null
        ? scopes
        : scopes.stream().map(scope -> local.of(scope, registry)).distinct().toList();
  }

  private static Form form(@Nullable String text) {
    try {
      return Form.parse(text);
    } catch (IllegalArgumentException e) {
      throw TokenFailure.invalid("the parameters are malformed");
    }
  }

  private static void requireForm(HttpServerRequest request) {
    var type = request.getHeader("Content-Type");
    if (type != null && !type.strip().startsWith("application/x-www-form-urlencoded")) {
      throw TokenFailure.invalid("the body is to be application/x-www-form-urlencoded");
    }
  }

  private static Proof proof(RoutingContext ctx, Form form) {
    return switch (form.get("grant_type")) {
      // Without a grant type, as docker_auth takes it.
      case "password", "" ->
          password(ctx, form, credentials(form.get("username"), form.get("password")));
      case "refresh_token" -> new Proof.Refresh(form.get("refresh_token"));
      default -> throw TokenFailure.unsupportedGrant();
    };
  }

  /**
   * The password of the request's header.
   *
   * @param otherwise if there is none
   */
  private static Proof password(RoutingContext ctx, Form form, Credentials otherwise) {
    var header = ctx.request().getHeader("Authorization");
    var basic = header == null ? null : basic(header);
    var credentials = basic == null ? otherwise : basic;
    var account = bounded(form, "account");
    if (!account.isEmpty()
        && !credentials.user().isEmpty()
        && !account.equals(credentials.user())) {
      throw TokenFailure.invalid("user and account are not the same");
    }
    return new Proof.Password(credentials);
  }

  private static @Nullable Credentials basic(String header) {
    try {
      return Credentials.ofBasic(header);
    } catch (RegistryException e) {
      throw TokenFailure.refused(String.valueOf(e.getMessage()));
    }
  }

  private static Credentials credentials(String user, String password) {
    try {
      return new Credentials(user, password);
    } catch (RegistryException e) {
      throw TokenFailure.refused(String.valueOf(e.getMessage()));
    }
  }

  private static List<Scope> scopes(Form form) {
    var scopes = new ArrayList<Scope>();
    for (var value : form.all("scope")) {
      for (var text : value.split(" ", -1)) {
        if (!text.isEmpty()) {
          var scope = text.length() > 2 * LONGEST ? null : Scope.parse(text);
          if (scope == null) {
            throw TokenFailure.invalid("a scope is malformed; it is type:name:action,…");
          }
          scopes.add(scope);
        }
        if (scopes.size() > MOST_SCOPES) {
          throw TokenFailure.invalid("more than " + MOST_SCOPES + " scopes are asked for at once");
        }
      }
    }
    return scopes;
  }

  private static String bounded(Form form, String name) {
    var value = form.get(name);
    if (value.length() > LONGEST) {
      throw TokenFailure.invalid(name + " is longer than " + LONGEST + " characters");
    }
    return value;
  }

  private static JsonObject body(Answer answer) {
    var issued = answer.issued();
    var body =
        new JsonObject()
            .put("token", issued.token())
            .put("access_token", issued.token())
            .put("expires_in", issued.life().toSeconds())
            .put("issued_at", issued.at().toString())
            .put(
                "scope",
                answer.granted().stream().map(Scope::toString).collect(Collectors.joining(" ")));
    if (answer.refresh() != null) {
      body.put("refresh_token", answer.refresh());
    }
    return body;
  }

  private static Future<Void> json(RoutingContext ctx, JsonObject body) {
    return ctx.response()
        .putHeader("Content-Type", "application/json")
        .putHeader("Cache-Control", "no-store")
        .end(body.toBuffer());
  }
}
