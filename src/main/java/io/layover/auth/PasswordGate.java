package io.layover.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.auth.Authenticator.WrongPassword;
import io.layover.oci.RegistryException;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lets in who has a password; they may do everything. */
public final class PasswordGate implements Gate {
  private static final Duration NEWS = Duration.ofMinutes(5);

  private final Passwords passwords;
  private final String realm;
  private final Cache<Visitor, Boolean> seen =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(NEWS).build();

  private record Visitor(String user, @Nullable String address) {}

  /**
   * @param realm what a client is asked to log in to
   */
  public PasswordGate(Passwords passwords, String realm) {
    this.passwords = passwords;
    this.realm = realm;
  }

  @Override
  public Future<Admission> admit(@Nullable String authorization, @Nullable String address) {
    Credentials credentials;
    try {
      credentials = authorization == null ? null : Credentials.ofBasic(authorization);
    } catch (RegistryException e) {
      return Future.failedFuture(new Refused(Refusal.MALFORMED));
    }
    if (credentials == null) {
      return Future.failedFuture(new Refused(Refusal.ABSENT));
    }
    return passwords
        .check(credentials, address)
        .map(account -> new Admission(account, Grants.EVERYTHING, isNews(account, address)))
        .recover(
            e -> Future.failedFuture(e instanceof WrongPassword ? refused(credentials.user()) : e));
  }

  private boolean isNews(Account account, @Nullable String address) {
    return seen.asMap().putIfAbsent(new Visitor(account.name(), address), true) == null;
  }

  private Refused refused(String user) {
    var entry = passwords.entry(user);
    return new Refused(Refusal.PASSWORD, entry == null ? null : entry.account());
  }

  @Override
  public String challenge(@Nullable String origin, List<Scope> wanted, Refusal why) {
    return Challenges.basic(realm);
  }
}
