package io.layover.auth;

import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/** Somewhere that users and their passwords are known. */
public interface Authenticator {
  /**
   * The account of a user. Null if this one does not know the user, and the next one is to be
   * asked; the future fails with {@link WrongPassword} if it does and the password is wrong.
   */
  Future<@Nullable Account> authenticate(String user, String password);

  /** The user is known, the password is not the right one. */
  final class WrongPassword extends RuntimeException {
    public WrongPassword() {
      super("the password is wrong", null, false, false);
    }
  }
}
