package io.layover.parts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A run of a program to its end, with a limit of time. */
public final class Command {
  /** How a program ended, and what it said on both streams. */
  public record Result(String command, int exit, String output) {
    /** The output of a run that succeeded; fails with it otherwise. */
    public String orFail() {
      if (exit != 0) {
        throw new AssertionError(command + " -> " + exit + "\n" + output);
      }
      return output;
    }

    /** The output of a run that failed, as the test expects. */
    public String expectFailure() {
      if (exit == 0) {
        throw new AssertionError(command + " succeeded\n" + output);
      }
      return output;
    }
  }

  private final List<String> words = new ArrayList<>();
  private final Map<String, String> environment = new HashMap<>();
  private Path folder = Path.of("");
  private Duration limit = Duration.ofMinutes(2);

  private Command(String program, String... arguments) {
    words.add(program);
    words.addAll(List.of(arguments));
  }

  /** A run of a program that is looked for as {@link Tools#find} does. */
  public static Command of(String program, String... arguments) {
    return new Command(Tools.path(program), arguments);
  }

  public Command with(String... arguments) {
    words.addAll(List.of(arguments));
    return this;
  }

  public Command env(String name, String value) {
    environment.put(name, value);
    return this;
  }

  public Command in(Path workingFolder) {
    folder = workingFolder;
    return this;
  }

  /** Ends the program, and fails, after this time instead of two minutes. */
  public Command within(Duration time) {
    limit = time;
    return this;
  }

  public Result run() {
    return run("");
  }

  public Result run(String input) {
    try {
      var output = Files.createTempFile("layover-command", ".log");
      var builder =
          new ProcessBuilder(words)
              .directory(folder.toAbsolutePath().toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile());
      builder.environment().putAll(environment);
      var process = builder.start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // A program that reads no input may have ended already; its exit code tells.
        process.onExit();
      }
      boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (!ended) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
      }
      var text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8);
      Files.delete(output);
      if (!ended) {
        throw new AssertionError(this + " took longer than " + limit + "\n" + text);
      }
      return new Result(toString(), process.exitValue(), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Override
  public String toString() {
    return String.join(" ", words);
  }
}
