package io.layover.auth;

import io.layover.oci.Excerpt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Which refresh tokens count no more. Lines of a file: {@code token ID}, or {@code user SECONDS
 * NAME} for all that the user was given until that second since 1970.
 *
 * @param tokens by their ids
 * @param users by their names
 */
public record Revocations(Set<String> tokens, Map<String, Long> users) {
  static final String FILE = "revoked";
  static final Revocations NONE = new Revocations(Set.of(), Map.of());

  private static final Pattern TOKEN = Pattern.compile("token ([A-Za-z0-9_-]+)");
  private static final Pattern USER = Pattern.compile("user ([0-9]{1,12}) (.+)");

  public Revocations {
    tokens = Set.copyOf(tokens);
    users = Map.copyOf(users);
  }

  /**
   * Reads the file; without one, nothing is revoked.
   *
   * @throws IOException if a line is malformed: what it was meant to revoke must not go on
   */
  static Revocations read(Path file) throws IOException {
    if (Files.notExists(file)) {
      return NONE;
    }
    var tokens = new HashSet<String>();
    var users = new HashMap<String, Long>();
    var number = 0;
    for (var line : Files.readAllLines(file)) {
      number++;
      var text = line.strip();
      var token = TOKEN.matcher(text);
      var user = USER.matcher(text);
      if (token.matches()) {
        tokens.add(token.group(1));
      } else if (user.matches()) {
        users.merge(user.group(2), Long.parseLong(user.group(1)), Math::max);
      } else if (!text.isEmpty() && !text.startsWith("#")) {
        throw new IOException(
            file + ":" + number + " is neither \"token ID\" nor \"user SECONDS NAME\"");
      }
    }
    return new Revocations(tokens, users);
  }

  /**
   * What is revoked.
   *
   * @throws IOException as {@link #read}
   */
  public static Revocations of(StateDirectory state) throws IOException {
    return read(state.file(FILE));
  }

  /** Revokes a token, by its id. */
  public static void revokeToken(StateDirectory state, String id) throws IOException {
    add(state, "token " + id, TOKEN);
  }

  /** Revokes all tokens that a user has been given until then. */
  public static void revokeUser(StateDirectory state, String name, Instant until)
      throws IOException {
    add(state, "user " + until.getEpochSecond() + " " + name, USER);
  }

  private static void add(StateDirectory state, String line, Pattern form) throws IOException {
    if (!form.matcher(line).matches()) {
      throw new IOException("\"" + Excerpt.of(line) + "\" cannot be revoked");
    }
    var before = state.has(FILE) ? state.read(FILE) : "";
    var end = before.isEmpty() || before.endsWith("\n") ? "" : "\n";
    state.write(FILE, before + end + line + "\n");
  }

  /** True if a token does not count any more. */
  public boolean hold(IssuedTokens.Entry entry) {
    return hold(entry.id(), entry.user(), entry.issued().getEpochSecond());
  }

  boolean hold(String token, String user, long issued) {
    var until = users.get(user);
    return tokens.contains(token) || (until != null && issued <= until);
  }
}
