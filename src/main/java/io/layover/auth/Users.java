package io.layover.auth;

import io.layover.oci.Excerpt;
import io.vertx.core.Future;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Users that stand in docker_auth's file, the empty name for everybody who does not say. */
public final class Users implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(Users.class);

  /** What is expected of a password. */
  private sealed interface Expected {
    boolean accepts(String password);
  }

  private record Anything() implements Expected {
    @Override
    public boolean accepts(String password) {
      return true;
    }
  }

  private record Nothing() implements Expected {
    @Override
    public boolean accepts(String password) {
      return false;
    }
  }

  private record Hashed(PasswordHash hash) implements Expected {
    @Override
    public boolean accepts(String password) {
      return hash.matches(password);
    }
  }

  private record Known(Account account, Expected password, String version) {}

  private final Map<String, Known> known = new LinkedHashMap<>();

  /**
   * A user as it is written.
   *
   * @param password a hash of bcrypt; null: any password is right
   */
  public record User(@Nullable String password, Map<String, List<String>> labels) {}

  /** Takes the users by their names. A password that is no hash of bcrypt is never right. */
  public Users(Map<String, User> users) {
    users.forEach(
        (name, user) ->
            known.put(
                name,
                new Known(
                    new Account(name, user.labels()),
                    expected(name, user.password()),
                    Objects.requireNonNullElse(user.password(), "any"))));
  }

  private static Expected expected(String name, @Nullable String password) {
    if (password == null) {
      return new Anything();
    }
    try {
      return new Hashed(PasswordHash.bcrypt(password));
    } catch (IllegalArgumentException e) {
      LOG.warn("the password of user {} {}, and never matches", Excerpt.of(name), e.getMessage());
      return new Nothing();
    }
  }

  /** What is known of a user; null if there is no such user. */
  public @Nullable Account account(String name) {
    var user = known.get(name);
    return user == null ? null : user.account;
  }

  @Override
  public Future<@Nullable Account> authenticate(String user, String password) {
    var found = known.get(user);
    if (found == null) {
      return Future.succeededFuture(null);
    }
    return found.password.accepts(password)
        ? Future.succeededFuture(found.account)
        : Future.failedFuture(new WrongPassword());
  }

  @Override
  public @Nullable Entry entry(String user) {
    var found = known.get(user);
    return found == null ? null : new Entry(found.account, found.version);
  }

  @Override
  public @Nullable PasswordHash decoy() {
    for (var user : known.values()) {
      if (user.password instanceof Hashed hashed) {
        return hashed.hash;
      }
    }
    return null;
  }
}
