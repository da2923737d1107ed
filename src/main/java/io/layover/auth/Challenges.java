package io.layover.auth;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The two kinds of challenge as they stand in a header. */
final class Challenges {
  private Challenges() {}

  /**
   * Asks for a token.
   *
   * @see <a href="https://distribution.github.io/distribution/spec/auth/token/">distribution, Token
   *     Authentication Specification</a>
   */
  static String bearer(String realm, String service, List<Scope> wanted, @Nullable String error) {
    var text = "Bearer realm=" + quoted(realm) + ",service=" + quoted(service);
    if (!wanted.isEmpty()) {
      text +=
          ",scope=" + quoted(wanted.stream().map(Scope::toString).collect(Collectors.joining(" ")));
    }
    return error == null ? text : text + ",error=" + quoted(error);
  }

  /** Asks for a user and a password. */
  static String basic(String realm) {
    return "Basic realm=" + quoted(realm);
  }

  /** A quoted string of RFC 9110, whatever the text: it can neither end the quotes nor the line. */
  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                quoted.append('\\');
              }
              quoted.append(c < ' ' || c == 0x7F || c > 0xFF ? '?' : (char) c);
            });
    return quoted.append('"').toString();
  }
}
