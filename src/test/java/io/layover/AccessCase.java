package io.layover;

import io.layover.auth.Account;
import io.layover.auth.Authorizer;
import io.layover.auth.Scope;
import io.layover.config.AuthFile;
import io.layover.config.AuthFileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A request for access under the rules of a file, and what docker_auth grants then.
 *
 * @param user empty: who does not say
 */
record AccessCase(
    Path rules,
    String user,
    String address,
    String service,
    String scope,
    SortedSet<String> granted) {
  private static final Path FOLDER = Path.of("src/test/resources/acl");

  /** The files with rules; beside each stands a table of cases. */
  static List<Path> files() {
    try (var files = Files.list(FOLDER)) {
      return files.filter(file -> file.toString().endsWith(".yml")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static List<AccessCase> all() {
    return files().stream().flatMap(file -> of(file).stream()).toList();
  }

  static List<AccessCase> of(Path rules) {
    try {
      var table = Path.of(rules.toString().replace(".yml", ".txt"));
      var cases = new ArrayList<AccessCase>();
      for (var line : Files.readAllLines(table)) {
        if (!line.startsWith("#")) {
          cases.add(of(rules, line.split(" +", -1)));
        }
      }
      return cases;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static AccessCase of(Path rules, String[] columns) {
    return new AccessCase(
        rules, name(columns[0]), columns[1], columns[2], columns[3], actions(columns[4]));
  }

  private static String name(String column) {
    return column.equals("-") ? "" : column;
  }

  static SortedSet<String> actions(String column) {
    return column.equals("-") ? new TreeSet<>() : new TreeSet<>(List.of(column.split(",", -1)));
  }

  /** The rules with what every file must have. */
  AuthFile read(Path folder) throws IOException {
    var file = folder.resolve(rules.getFileName());
    var start = "token: {issuer: i, expiration: 60}\n";
    return AuthFileReader.embedded(Files.writeString(file, start + Files.readString(rules)));
  }

  Authorizer.Request request(AuthFile file) {
    var users = Objects.requireNonNull(file.users());
    return new Authorizer.Request(
        new Account(user, Map.copyOf(Objects.requireNonNull(users.get(user)).labels())),
        Objects.requireNonNull(Scope.parse(scope), scope),
        service,
        address);
  }

  @Override
  public String toString() {
    return Stream.of(rules.getFileName().toString(), user, address, service, scope)
        .reduce((a, b) -> a + " " + b)
        .orElse("");
  }
}
