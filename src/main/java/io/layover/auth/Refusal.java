package io.layover.auth;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a request is not let in. */
public enum Refusal {
  /** Nothing was presented: the first step of every client. */
  ABSENT("authentication is required", null),
  /** Presented was something that is no token, or no user with a password. */
  MALFORMED("the credentials cannot be read", "invalid_token"),
  TOO_LONG("the token is too long", "invalid_token"),
  ALGORITHM("the token is signed in a way that is not accepted", "invalid_token"),
  KEY("the token is not signed by a key that is trusted", "invalid_token"),
  SIGNATURE("the token's signature is wrong", "invalid_token"),
  ISSUER("the token is from another issuer", "invalid_token"),
  AUDIENCE("the token is for another service", "invalid_token"),
  EXPIRED("the token has expired", "invalid_token"),
  EARLY("the token is not valid yet", "invalid_token"),
  /** The token is right, and does not grant what the request needs. */
  SCOPE("the token does not grant this", "insufficient_scope"),
  PASSWORD("the user or the password is wrong", null);

  private final String sentence;
  private final @Nullable String error;

  Refusal(String sentence, @Nullable String error) {
    this.sentence = sentence;
    this.error = error;
  }

  /** For the client. */
  public String sentence() {
    return sentence;
  }

  /** The {@code error} of a Bearer challenge (RFC 6750, 3.1); null if there is none to name. */
  public @Nullable String error() {
    return error;
  }

  /** For figures and the log. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
