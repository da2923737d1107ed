package io.layover.standin;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Issues tokens for what may be pulled, and knows them again. */
final class Tokens {
  /** Nanoseconds, as Docker Hub writes them. */
  private static final DateTimeFormatter NINE_DIGITS =
      new DateTimeFormatterBuilder().appendInstant(9).toFormatter();

  private record Token(List<String> repositories, Instant expires) {}

  /** The outcome of looking at an {@code Authorization}. */
  enum Verdict {
    GOOD,
    ABSENT,
    UNKNOWN,
    EXPIRED,
    FOREIGN
  }

  private final Map<String, Repository> repositories;
  private final Map<String, String> users;
  private final Map<String, Token> tokens = new ConcurrentHashMap<>();
  volatile Duration lifetime = Duration.ofMinutes(5);
  volatile boolean omitExpiresIn;
  volatile boolean onlyAccessToken;
  volatile boolean onlyToken;
  volatile boolean anonymousRefused;
  volatile @Nullable String neededScope;

  Tokens(Map<String, Repository> repositories, Map<String, String> users) {
    this.repositories = repositories;
    this.users = users;
  }

  void expireAll() {
    tokens.replaceAll((text, token) -> new Token(token.repositories(), Instant.EPOCH));
  }

  /** Answers a request for a token, as {@code GET}; {@code POST} is unknown here. */
  void answer(HttpServerRequest request, Rule rule) {
    var response = request.response();
    if (!request.method().name().equals("GET")) {
      Answers.error(response, rule, 404, "UNSUPPORTED", "GET only");
      return;
    }
    var password = request.getHeader("Authorization");
    if (password != null && !knows(password)) {
      Answers.error(response, rule, 401, "UNAUTHORIZED", "incorrect username or password");
      return;
    }
    if (password == null && anonymousRefused) {
      Answers.error(response, rule, 401, "UNAUTHORIZED", "who are you?");
      return;
    }
    var granted = new ArrayList<String>();
    if (neededScope != null && !request.params().getAll("scope").contains(neededScope)) {
      Answers.error(response, rule, 400, "BAD_REQUEST", "no scope " + neededScope);
      return;
    }
    for (var scopes : request.params().getAll("scope")) {
      for (var scope : scopes.split(" ", -1)) {
        var parts = scope.split(":", -1);
        if (parts.length == 3 && parts[2].contains("pull") && mayPull(parts[1], password != null)) {
          granted.add(parts[1]);
        }
      }
    }
    var text = "standin-" + UUID.randomUUID();
    var now = Instant.now();
    tokens.put(text, new Token(granted, now.plus(lifetime)));
    var answer = new JsonObject();
    if (!onlyAccessToken) {
      answer.put("token", text);
    }
    if (!onlyToken) {
      answer.put("access_token", text);
    }
    if (!omitExpiresIn) {
      answer.put("expires_in", lifetime.toSeconds());
    }
    answer.put("issued_at", NINE_DIGITS.format(now));
    Answers.send(response, rule, 200, "application/json", answer.toBuffer());
  }

  /** Whether a Bearer token allows pulls from {@code repository}; null asks for any good token. */
  Verdict judge(@Nullable String authorization, @Nullable String repository) {
    if (authorization == null) {
      return Verdict.ABSENT;
    }
    var token = tokens.get(authorization.replaceFirst("(?i)^bearer +", ""));
    if (token == null) {
      return Verdict.UNKNOWN;
    }
    if (token.expires().isBefore(Instant.now())) {
      return Verdict.EXPIRED;
    }
    return repository == null || token.repositories().contains(repository)
        ? Verdict.GOOD
        : Verdict.FOREIGN;
  }

  /** The same for a Basic password. */
  Verdict judgePassword(@Nullable String authorization, @Nullable String repository) {
    if (authorization == null) {
      return Verdict.ABSENT;
    }
    if (!knows(authorization)) {
      return Verdict.UNKNOWN;
    }
    return repository == null || mayPull(repository, true) ? Verdict.GOOD : Verdict.FOREIGN;
  }

  boolean isSecret(String name) {
    var repository = repositories.get(name);
    return repository != null && repository.isSecret();
  }

  private boolean mayPull(String name, boolean knownUser) {
    var repository = repositories.get(name);
    return repository != null && (knownUser || !repository.isSecret());
  }

  private boolean knows(String authorization) {
    return users.entrySet().stream()
        .map(user -> user.getKey() + ":" + user.getValue())
        .map(pair -> Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)))
        .anyMatch(authorization.replaceFirst("(?i)^basic +", "")::equals);
  }
}
