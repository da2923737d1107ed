package io.layover;

import io.layover.auth.PasswordHash;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes a line of a password file. */
@Command(
    name = "htpasswd",
    description =
        "Reads a password, from the terminal or from standard input, and prints a line for a file"
            + " of htpasswd's form, hashed by bcrypt.",
    mixinStandardHelpOptions = true)
final class HtpasswdCommand implements Callable<Integer> {
  @Parameters(paramLabel = "USER", description = "The user's name.")
  private String user = "";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    var terminal = spec.commandLine();
    if (!user.matches("[^:\\p{Cc}#\\s][^:\\p{Cc}]*")) {
      terminal.getErr().println("a user's name has no colon and does not begin with #");
      return 1;
    }
    var password = password();
    if (password == null || password.isEmpty()) {
      terminal.getErr().println("no password was given, or not the same one twice");
      return 1;
    }
    if (password.getBytes(StandardCharsets.UTF_8).length > PasswordHash.LONGEST) {
      terminal
          .getErr()
          .println("bcrypt looks at 72 bytes of a password and no more; this one is longer");
      return 1;
    }
    terminal.getOut().println(user + ":" + PasswordHash.of(password).text());
    return 0;
  }

  private static @Nullable String password() throws IOException {
    var terminal = Optional.ofNullable(System.console()).filter(Console::isTerminal);
    if (terminal.isPresent()) {
      return typed(terminal.get());
    }
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
  }

  /** Without showing it; null unless it is the same twice. */
  private static @Nullable String typed(Console terminal) {
    var password = terminal.readPassword("Password: ");
    var again = terminal.readPassword("Again: ");
    return password != null && Arrays.equals(password, again) ? new String(password) : null;
  }
}
