package io.layover.auth;

import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A program that decides about access, as docker_auth's {@code ext_authz}: it reads the request as
 * JSON and ends with 0 to grant all of it, 1 to grant nothing.
 */
public final class ProgramRules implements Authorizer {
  private final Program program;

  /** Runs the program on these threads. */
  public ProgramRules(WorkerExecutor threads, String command, List<String> arguments) {
    this(new Program(threads, command, arguments));
  }

  ProgramRules(Program program) {
    this.program = program;
  }

  @Override
  public Future<@Nullable Decision> authorize(Request request) {
    return program
        .run(json(request))
        .compose(
            outcome ->
                switch (outcome.code()) {
                  case 0 -> decision(request.scope().actions(), outcome);
                  case 1 -> decision(Set.of(), outcome);
                  default ->
                      Future.failedFuture(
                          new IOException(program.name() + " ended with " + outcome.code()));
                });
  }

  private Future<@Nullable Decision> decision(Set<String> actions, Program.Outcome outcome) {
    return Future.succeededFuture(
        new Decision(
            new TreeSet<>(actions),
            "ext_authz: " + program.name() + " ended with " + outcome.code()));
  }

  /** With docker_auth's names, in its order. */
  private static String json(Request request) {
    var account = request.account();
    var labels = new JsonObject();
    account.labels().forEach((key, values) -> labels.put(key, new JsonArray(values)));
    return new JsonObject()
        .put("Account", account.name())
        .put("Type", request.scope().type())
        .put("Name", request.scope().name())
        .put("Service", request.service())
        .put("IP", request.address() == null ? "" : request.address())
        .put("Actions", new JsonArray(List.copyOf(new TreeSet<>(request.scope().actions()))))
        .put("Labels", account.labels().isEmpty() ? null : labels)
        .encode();
  }
}
