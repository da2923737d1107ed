package io.layover;

import io.layover.auth.AccessList;
import io.layover.auth.AccessRule;
import io.layover.auth.Account;
import io.layover.auth.Authenticator;
import io.layover.auth.Authorizer;
import io.layover.auth.PasswordHash;
import io.layover.auth.ProgramRules;
import io.layover.auth.ProgramUsers;
import io.layover.auth.Users;
import io.layover.config.AclEntry;
import io.layover.config.AuthFile;
import io.layover.watch.FileWatch;
import io.layover.watch.Watched;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What docker_auth's file says of users and access, always as the file is now; a broken one leaves
 * in force what was before.
 */
final class DockerAuth implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DockerAuth.class);
  private static final int PROGRAMS = 8;

  private final Vertx vertx;
  private final WorkerExecutor programs;
  private final Watched<State> state;

  /** The file and what was made of it; the same if the file is. */
  private record State(
      AuthFile file,
      Users users,
      AccessList rules,
      @Nullable ProgramUsers moreUsers,
      @Nullable ProgramRules moreRules) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof State that && file.equals(that.file);
    }

    @Override
    public int hashCode() {
      return file.hashCode();
    }
  }

  /**
   * Reads the file, and again whenever it changes.
   *
   * @param reader reads it as one of a server that is embedded, or runs alone
   * @throws io.layover.config.ConfigException if it is not good
   */
  DockerAuth(Vertx vertx, FileWatch watch, Path file, Function<Path, AuthFile> reader) {
    this.vertx = vertx;
    this.programs = vertx.createSharedWorkerExecutor("programs", PROGRAMS);
    this.state =
        new Watched<>(watch, file.toString(), List.of(file), () -> read(reader.apply(file)));
  }

  private State read(AuthFile file) {
    file.warnings().forEach(LOG::warn);
    var users = file.extAuth();
    var rules = file.extAuthz();
    return new State(
        file,
        users(file),
        rules(file),
        users == null ? null : new ProgramUsers(programs, users.command(), users.args()),
        rules == null ? null : new ProgramRules(programs, rules.command(), rules.args()));
  }

  /** What the file says. */
  AuthFile file() {
    return state.get().file;
  }

  /** Has what the file comes to say given to {@code listener}, on a thread that may wait. */
  void onChange(Consumer<AuthFile> listener) {
    state.onChange(changed -> listener.accept(changed.file));
  }

  /** The users of the file, then those that its program knows. */
  List<Authenticator> authenticators() {
    return List.of(
        new Authenticator() {
          @Override
          public Future<@Nullable Account> authenticate(String user, String password) {
            return state.get().users.authenticate(user, password);
          }

          @Override
          public @Nullable Entry entry(String user) {
            return state.get().users.entry(user);
          }

          @Override
          public @Nullable PasswordHash decoy() {
            return state.get().users.decoy();
          }
        },
        (user, password) -> {
          var more = state.get().moreUsers;
          return more == null ? Future.succeededFuture(null) : more.authenticate(user, password);
        });
  }

  /** The rules of the file, then its program. */
  Authorizer authorizer() {
    return request -> {
      var now = state.get();
      return vertx
          .executeBlocking(() -> now.rules.decide(request), false)
          .compose(
              decision ->
                  decision != null || now.moreRules == null
                      ? Future.succeededFuture(decision)
                      : now.moreRules.authorize(request));
    };
  }

  @Override
  public void close() {
    state.close();
    programs.close();
  }

  private static Users users(AuthFile file) {
    var users = new LinkedHashMap<String, Users.User>();
    var written = file.users() == null ? Map.<String, AuthFile.User>of() : file.users();
    written.forEach(
        (name, user) ->
            users.put(
                name,
                new Users.User(
                    user.password() == null ? null : user.password().reveal(), user.labels())));
    return new Users(users);
  }

  /** The rules; empty if there is no section. */
  static AccessList rules(AuthFile file) {
    var entries = file.acl() == null ? List.<AclEntry>of() : file.acl();
    var rules = new ArrayList<AccessRule>();
    for (var entry : entries) {
      rules.add(rule(entry, rules.size()));
    }
    return new AccessList(rules);
  }

  private static AccessRule rule(AclEntry entry, int index) {
    var match = entry.match();
    var comment = entry.comment() == null ? "" : " (" + entry.comment() + ")";
    return new AccessRule(
        new AccessRule.Match(
            match.account(),
            match.type(),
            match.name(),
            match.ip(),
            match.service(),
            match.labels()),
        entry.actions(),
        "acl[%d] at %s%s".formatted(index, entry.place(), comment));
  }
}
