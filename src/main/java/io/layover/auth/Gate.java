package io.layover.auth;

import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A way to find out who sends a request, and what they were granted. */
public interface Gate {
  /**
   * Someone who was recognized.
   *
   * @param first whether it is the first time for these credentials, or for a while
   */
  record Admission(Account account, Grants grants, boolean first) {}

  /**
   * Who presents this. Fails with {@link Refused}, or with {@link Passwords.TooManyAttempts}.
   *
   * @param authorization the header's value; null if there is none
   * @param address where it came from, numeric; null if it is not known
   */
  Future<Admission> admit(@Nullable String authorization, @Nullable String address);

  /**
   * What a client is told to do next: the value of {@code WWW-Authenticate}.
   *
   * @param origin the scheme and host by which the client reaches this server; null if unknown
   * @param wanted what the request needs
   * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110, 11.6.1</a>
   */
  String challenge(@Nullable String origin, List<Scope> wanted, Refusal why);

  /** The request is not let in. */
  final class Refused extends RuntimeException {
    private final Refusal why;
    private final @Nullable Account account;

    /**
     * @param account who it was, where that is certain; a name that nobody has may be a password
     */
    public Refused(Refusal why, @Nullable Account account) {
      // No stack trace: this is how every client begins.
      super(why.sentence(), null, false, false);
      this.why = why;
      this.account = account;
    }

    public Refused(Refusal why) {
      this(why, null);
    }

    public Refusal why() {
      return why;
    }

    public @Nullable Account account() {
      return account;
    }
  }
}
