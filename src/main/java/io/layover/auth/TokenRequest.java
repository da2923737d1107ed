package io.layover.auth;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks a token server for.
 *
 * @param proof who it says it is
 * @param service the registry that the token is for
 * @param scopes what it wants to do there; none: only to log in
 * @param offline whether it wants a refresh token too
 * @param address the client's, numeric; null if it is not known
 */
public record TokenRequest(
    Proof proof, String service, List<Scope> scopes, boolean offline, @Nullable String address) {

  /** Who asks. */
  public sealed interface Proof {
    /** Nobody in particular, or who has a password. */
    record Password(Credentials credentials) implements Proof {}

    /** Who was given this when logging in. */
    record Refresh(String token) implements Proof {
      @Override
      public String toString() {
        return "Refresh[********]";
      }
    }

    /** As the figures call it. */
    default String grant() {
      return switch (this) {
        case Password password -> password.credentials.areNone() ? "anonymous" : "password";
        case Refresh refresh -> "refresh_token";
      };
    }
  }
}
