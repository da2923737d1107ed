package io.layover.auth;

import io.layover.oci.Json;
import io.layover.watch.FileWatch;
import io.layover.watch.Watched;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What clients keep instead of a password. A refresh token is a signed statement, so that nothing
 * is stored for it; it counts while its user has the same password, unless it was revoked.
 */
public final class RefreshTokens {
  private static final String SECRET = "refresh.key";
  private static final int ID = 12;
  private static final int LONGEST = 4096;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final KeyedHash hash;
  private final Passwords passwords;
  private final Supplier<Revocations> revocations;
  private final @Nullable IssuedTokens issued;
  private final InstantSource clock;

  private RefreshTokens(
      KeyedHash hash,
      Passwords passwords,
      Supplier<Revocations> revocations,
      @Nullable IssuedTokens issued,
      InstantSource clock) {
    this.hash = hash;
    this.passwords = passwords;
    this.revocations = revocations;
    this.issued = issued;
    this.clock = clock;
  }

  /** A refresh token, and the name by which it can be revoked. */
  public record Refresh(String id, String token) {}

  /** What a good one stands for. */
  public record Login(String id, Account account) {}

  /** With a secret, and lists of those that are issued and revoked, that outlive the server. */
  public static RefreshTokens kept(
      Vertx vertx, StateDirectory state, FileWatch watch, Passwords passwords, InstantSource clock)
      throws IOException {
    if (!state.has(SECRET)) {
      state.create(SECRET, ENCODER.encodeToString(KeyedHash.random()));
    }
    var secret = Base64.getUrlDecoder().decode(state.read(SECRET).strip());
    var file = state.file(Revocations.FILE);
    try {
      var revoked = new Watched<>(watch, file.toString(), List.of(file), () -> revocations(state));
      return new RefreshTokens(
          new KeyedHash(secret), passwords, revoked, new IssuedTokens(vertx, state), clock);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** With a secret that follows from a key: they are gone when it is another. */
  public static RefreshTokens of(SigningKey key, Passwords passwords, InstantSource clock) {
    var secret = new KeyedHash(key.privatePem().getBytes(StandardCharsets.US_ASCII)).of("refresh");
    return new RefreshTokens(
        new KeyedHash(secret.getBytes(StandardCharsets.US_ASCII)),
        passwords,
        () -> Revocations.NONE,
        null,
        clock);
  }

  private static Revocations revocations(StateDirectory state) {
    try {
      return Revocations.of(state);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A token for someone who has just shown the password; null if there can be none, because nobody
   * could say later whether the user still exists.
   *
   * @param client the address that it is given to; null if it is not known
   */
  Future<@Nullable Refresh> issue(Account account, String service, @Nullable String client) {
    var entry = account.isAnonymous() ? null : passwords.entry(account.name());
    if (entry == null) {
      return Future.succeededFuture(null);
    }
    var now = clock.instant();
    var refresh = sign(account, service, entry, now);
    return issued == null
        ? Future.succeededFuture(refresh)
        : issued
            .add(
                new IssuedTokens.Entry(
                    refresh.id, account.name(), service, now, client == null ? "" : client))
            .map(refresh);
  }

  private Refresh sign(Account account, String service, Authenticator.Entry entry, Instant now) {
    var random = new byte[ID];
    new SecureRandom().nextBytes(random);
    var id = ENCODER.encodeToString(random);
    var statement =
        new JsonObject()
            .put("id", id)
            .put("user", account.name())
            .put("service", service)
            .put("iat", now.getEpochSecond())
            .put("entry", hash.of("entry", entry.version()));
    var text = ENCODER.encodeToString(statement.encode().getBytes(StandardCharsets.UTF_8));
    return new Refresh(id, text + "." + hash.of("token", text));
  }

  /** What the token stands for; null if it does not count. */
  @Nullable Login login(String token, String service) {
    var dot = token.indexOf('.');
    if (token.length() > LONGEST || dot < 0) {
      return null;
    }
    var text = token.substring(0, dot);
    if (!isEqual(hash.of("token", text), token.substring(dot + 1))) {
      return null;
    }
    try {
      var statement = Json.object(Base64.getUrlDecoder().decode(text));
      return statement.get("id") instanceof String id
              && statement.get("user") instanceof String user
              && service.equals(statement.get("service"))
              && statement.get("iat") instanceof Number issued
              && statement.get("entry") instanceof String entry
              && !revocations.get().hold(id, user, issued.longValue())
          ? login(id, user, entry)
          : null;
    } catch (IOException e) {
      throw new IllegalStateException("it was signed here, and is no JSON", e);
    }
  }

  private @Nullable Login login(String id, String user, String version) {
    var entry = passwords.entry(user);
    return entry != null && isEqual(hash.of("entry", entry.version()), version)
        ? new Login(id, entry.account())
        : null;
  }

  private static boolean isEqual(String a, String b) {
    return MessageDigest.isEqual(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
