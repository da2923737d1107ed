package io.layover.auth;

import io.layover.oci.Json;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Users that a program knows, as docker_auth's {@code ext_auth}: it reads {@code user password} and
 * ends with 0 if that is right, 1 if it is wrong, 2 if it does not know the user. It may say {@code
 * {"labels": {"key": ["value"]}}}.
 */
public final class ProgramUsers implements Authenticator {
  private final Program program;

  /** Runs the program on these threads. */
  public ProgramUsers(WorkerExecutor threads, String command, List<String> arguments) {
    this(new Program(threads, command, arguments));
  }

  ProgramUsers(Program program) {
    this.program = program;
  }

  @Override
  public Future<@Nullable Account> authenticate(String user, String password) {
    return program.run(user + " " + password).compose(outcome -> account(user, outcome));
  }

  private Future<@Nullable Account> account(String user, Program.Outcome outcome) {
    return switch (outcome.code()) {
      case 0 -> welcome(user, outcome.output());
      case 1 -> Future.failedFuture(new WrongPassword());
      case 2 -> Future.succeededFuture(null);
      default ->
          Future.failedFuture(new IOException(program.name() + " ended with " + outcome.code()));
    };
  }

  private Future<@Nullable Account> welcome(String user, String output) {
    try {
      return Future.succeededFuture(new Account(user, labels(output)));
    } catch (IOException e) {
      return Future.failedFuture(
          new IOException(program.name() + " says what is no labels: " + e.getMessage(), e));
    }
  }

  private static Map<String, List<String>> labels(String output) throws IOException {
    if (output.isEmpty()) {
      return Map.of();
    }
    var labels = new LinkedHashMap<String, List<String>>();
    if (Json.object(output.getBytes(StandardCharsets.UTF_8)).getOrDefault("labels", Map.of())
        instanceof Map<?, ?> map) {
      for (var label : map.entrySet()) {
        labels.put(String.valueOf(label.getKey()), values(label.getValue()));
      }
      return labels;
    }
    throw new IOException("labels are no mapping");
  }

  private static List<String> values(@Nullable Object value) throws IOException {
    if (value instanceof List<?> list && list.stream().allMatch(String.class::isInstance)) {
      return list.stream().map(String.class::cast).toList();
    }
    throw new IOException("a label is no list of texts");
  }
}
