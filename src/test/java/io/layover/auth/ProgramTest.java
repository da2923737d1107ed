package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.Authenticator.WrongPassword;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real programs, of the shell's. */
class ProgramTest {
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx();
  private final WorkerExecutor threads = vertx.createSharedWorkerExecutor("programs", 4);

  @TempDir private Path folder;

  @AfterEach
  void close() {
    vertx.close().await();
  }

  private Program shell(String script, Duration limit) {
    return new Program(threads, "/bin/sh", List.of("-c", script), limit);
  }

  private ProgramUsers users(String script) {
    return new ProgramUsers(shell(script, PATIENCE));
  }

  private ProgramRules rules(String script) {
    return new ProgramRules(shell(script, PATIENCE));
  }

  private static <T> @Nullable T await(Future<@Nullable T> future) {
    try {
      return future.await(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  private static String failure(Future<?> future) {
    return String.valueOf(assertThrows(IOException.class, () -> await(future)).getMessage());
  }

  @Test
  void userIsWhomTheProgramLetsIn() throws IOException {
    var seen = folder.resolve("seen");
    var users = users("cat > " + seen + "; test \"$(cat " + seen + ")\" = 'bob a b c'");

    assertEquals(new Account("bob", Map.of()), await(users.authenticate("bob", "a b c")));
    assertEquals("bob a b c", Files.readString(seen));
    assertThrows(WrongPassword.class, () -> await(users.authenticate("bob", "a")));
  }

  @Test
  void codeTwoIsAnUnknownUser() {
    assertNull(await(users("exit 2").authenticate("bob", "a")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"exit 3", "exit 255", "kill -9 $$"})
  void otherCodesAreFailures(String script) {
    assertTrue(failure(users(script).authenticate("bob", "a")).startsWith("/bin/sh ended with "));
    assertTrue(failure(rules(script).authorize(request())).startsWith("/bin/sh ended with "));
  }

  @Test
  void labelsAreWhatItSays() {
    var users = users("echo '{\"labels\": {\"team\": [\"blue\", \"red\"]}, \"more\": 1}'");

    assertEquals(
        new Account("bob", Map.of("team", List.of("blue", "red"))),
        await(users.authenticate("bob", "a")));
    assertEquals(new Account("bob", Map.of()), await(users("echo '{}'").authenticate("bob", "a")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello",
        "[]",
        "{",
        "{\"labels\": 1}",
        "{\"labels\": {\"a\": \"b\"}}",
        "{\"labels\": {\"a\": [1]}}",
        "{} {}"
      })
  void whatIsNoLabelsIsAFailure(String output) {
    var users = users("cat > /dev/null; echo '" + output + "'");

    assertTrue(
        failure(users.authenticate("bob", "a")).startsWith("/bin/sh says what is no labels: "));
  }

  private static Authorizer.Request request() {
    return new Authorizer.Request(
        new Account("bob", Map.of("team", List.of("blue"))),
        Scope.of(Scope.REPOSITORY, "a/<b>", "push", "pull"),
        "service",
        "10.0.0.1");
  }

  @Test
  void accessIsWhatTheProgramGrants() {
    assertEquals(
        new Authorizer.Decision(Set.of("push", "pull"), "ext_authz: /bin/sh ended with 0"),
        await(rules("exit 0").authorize(request())));
    assertEquals(
        new Authorizer.Decision(Set.of(), "ext_authz: /bin/sh ended with 1"),
        await(rules("exit 1").authorize(request())));
  }

  @Test
  void programReadsTheRequest() throws IOException {
    var seen = folder.resolve("seen");
    await(rules("cat > " + seen).authorize(request()));

    assertEquals(
        new JsonObject(
            """
            {"Account": "bob", "Type": "repository", "Name": "a/<b>", "Service": "service",
             "IP": "10.0.0.1", "Actions": ["pull", "push"], "Labels": {"team": ["blue"]}}
            """),
        new JsonObject(Files.readString(seen)));
  }

  @Test
  void nothingOfWhoDoesNotSay() throws IOException {
    var seen = folder.resolve("seen");
    await(
        rules("cat > " + seen)
            .authorize(
                new Authorizer.Request(
                    Account.ANONYMOUS, Scope.of("registry", "catalog", "*"), "", null)));

    assertEquals(
        "{\"Account\":\"\",\"Type\":\"registry\",\"Name\":\"catalog\",\"Service\":\"\",\"IP\":\"\","
            + "\"Actions\":[\"*\"],\"Labels\":null}",
        Files.readString(seen));
  }

  @Test
  void slowOneIsEndedWithAllThatItStarted() throws Exception {
    var pids = folder.resolve("pids");
    var slow = shell("sleep 600 & echo $! > " + pids + "; echo $$ >> " + pids + "; wait", SHORT);

    assertEquals("/bin/sh took longer than 1 s", failure(slow.run("")));
    for (var pid : Files.readAllLines(pids)) {
      var handle = ProcessHandle.of(Long.parseLong(pid));
      if (handle.isPresent()) {
        handle.get().onExit().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void outputIsBounded() {
    assertTrue(
        failure(shell("head -c 10000000 /dev/zero", PATIENCE).run(""))
            .startsWith("/bin/sh says more than 65536 bytes"));
  }

  @Test
  void inputIsBounded() {
    assertEquals(
        "/bin/sh: the question is too long",
        failure(shell("exit 0", PATIENCE).run("a".repeat(100_000))));
  }

  /** The end is told by the code alone, whether it read or not. */
  @Test
  void oneThatReadsNothingIsNoFailure() {
    var outcome = await(shell("exit 0", PATIENCE).run("a".repeat(60_000)));

    assertEquals(new Program.Outcome(0, ""), outcome);
  }

  @Test
  void oneThatIsNotThereIsAFailure() {
    var missing = new Program(threads, folder.resolve("none").toString(), List.of(), PATIENCE);

    assertTrue(failure(missing.run("")).contains("No such file"));
  }

  @Test
  void onlySoManyWait() throws Exception {
    var gate = folder.resolve("gate");
    var program = shell("while ! test -e " + gate + "; do sleep 0.05; done", PATIENCE);
    var running = new ArrayList<Future<Program.Outcome>>();
    for (var i = 0; i < 200; i++) {
      running.add(program.run(""));
    }

    assertEquals("/bin/sh: too many of them wait", failure(program.run("")));
    assertFalse(running.getLast().isComplete());
    Files.createFile(gate);
    for (var each : running) {
      assertEquals(new Program.Outcome(0, ""), await(each));
    }
    assertEquals(new Program.Outcome(0, ""), await(program.run("")));
  }
}
