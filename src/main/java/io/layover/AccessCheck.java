package io.layover;

import io.layover.auth.AccessList;
import io.layover.auth.Account;
import io.layover.auth.Authorizer;
import io.layover.auth.ProgramRules;
import io.layover.auth.Scope;
import io.layover.config.AuthFile;
import io.layover.log.Reason;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Says what a user would be granted, and which rule decides. */
final class AccessCheck {
  private final AuthFile file;
  private final AccessList rules;
  private final Account account;
  private final String service;
  private final @Nullable String address;

  /**
   * For one user, who need not be known.
   *
   * @param more labels beside those in the file
   */
  AccessCheck(
      AuthFile file,
      String user,
      Map<String, List<String>> more,
      String service,
      @Nullable String address) {
    this.file = file;
    this.rules = DockerAuth.rules(file);
    this.account = new Account(user, labels(file, user, more));
    this.service = service;
    this.address = address;
  }

  private static Map<String, List<String>> labels(
      AuthFile file, String user, Map<String, List<String>> more) {
    var labels = new LinkedHashMap<String, List<String>>();
    var known = file.users() == null ? null : file.users().get(user);
    if (known != null) {
      labels.putAll(known.labels());
    }
    more.forEach(
        (key, values) -> {
          var all = new ArrayList<>(labels.getOrDefault(key, List.of()));
          all.addAll(values);
          labels.put(key, all);
        });
    return labels;
  }

  /** What the answers leave out. */
  List<String> doubts() {
    if (file.users() != null && file.users().containsKey(account.name())) {
      return List.of();
    }
    var who = account.isAnonymous() ? "nobody without a name" : "nobody of this name";
    return List.of(
        file.extAuth() == null
            ? who + " is let in at all, as the user is not among users"
            : "the user is not among users; whether ext_auth knows it, and what labels it gives,"
                + " depends on the password");
  }

  /** A decision, in words. */
  record Answer(boolean isGranted, String sentence) {}

  Answer answer(Scope scope) {
    var request = new Authorizer.Request(account, scope, service, address);
    try {
      var decision = rules.decide(request);
      return answer(scope, decision == null ? byProgram(request) : decision);
    } catch (IllegalStateException e) {
      return new Answer(false, scope + ": not decided: " + e.getMessage());
    }
  }

  private Authorizer.@Nullable Decision byProgram(Authorizer.Request request) {
    var program = file.extAuthz();
    if (program == null) {
      return null;
    }
    var vertx = Vertx.vertx();
    try {
      var threads = vertx.createSharedWorkerExecutor("programs", 1);
      return new ProgramRules(threads, program.command(), program.args())
          .authorize(request)
          .recover(e -> Future.failedFuture(new IllegalStateException(Reason.of(e), e)))
          .await();
    } finally {
      vertx.close().await();
    }
  }

  private static Answer answer(Scope scope, Authorizer.@Nullable Decision decision) {
    if (decision == null) {
      return new Answer(false, scope + ": denied, as no rule is about it");
    }
    var granted = decision.actions();
    var all = granted.equals(Set.copyOf(scope.actions()));
    var words =
        all
            ? "granted"
            : granted.isEmpty() ? "denied" : "only " + String.join(",", granted) + " is granted";
    return new Answer(all, scope + ": " + words + " by " + decision.rule());
  }
}
