package io.layover.auth;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Somewhere that users and their passwords are known. */
public interface Authenticator {
  /**
   * The account of a user. Null if this one does not know the user, and the next one is to be
   * asked; the future fails with {@link WrongPassword} if it does and the password is wrong.
   *
   * <p>{@link Passwords} calls it on a thread that may wait for a hash.
   */
  Future<@Nullable Account> authenticate(String user, String password);

  /**
   * What is known of a user without the password; null if this one does not know the user, or
   * cannot say. Never waits.
   */
  default @Nullable Entry entry(String user) {
    return null;
  }

  /**
   * A hash like those that are checked here, on which time is spent for users that do not exist;
   * null if none are.
   */
  default @Nullable PasswordHash decoy() {
    return null;
  }

  /**
   * A user as it is known now.
   *
   * @param version another text as soon as the password is another; a secret
   */
  record Entry(Account account, String version) {
    @Override
    public String toString() {
      return account.toString();
    }
  }

  /** The user is known, the password is not the right one. */
  final class WrongPassword extends RuntimeException {
    public WrongPassword() {
      super("the password is wrong", null, false, false);
    }
  }
}
