package io.layover.auth;

import io.layover.oci.Excerpt;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program of the operator's that decides: it reads a question and ends with a code. It has so
 * long and may say so much, and only so many of them run or wait.
 */
final class Program {
  private static final Logger LOG = LoggerFactory.getLogger(Program.class);
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final int MOST_WAITING = 200;

  /** What a pipe holds, so that a program which reads nothing stops nobody. */
  private static final int MOST_INPUT = 60 << 10;

  private static final int MOST_OUTPUT = 64 << 10;

  private final List<String> command;
  private final WorkerExecutor threads;
  private final Duration limit;
  private final AtomicInteger running = new AtomicInteger();

  /** How it ended. */
  record Outcome(int code, String output) {}

  Program(WorkerExecutor threads, String command, List<String> arguments) {
    this(threads, command, arguments, LIMIT);
  }

  Program(WorkerExecutor threads, String command, List<String> arguments, Duration limit) {
    this.command = Stream.concat(Stream.of(command), arguments.stream()).toList();
    this.threads = threads;
    this.limit = limit;
  }

  /** The name it was called by. */
  String name() {
    return command.getFirst();
  }

  /** Runs it. Fails if it cannot be started, takes too long or says too much. */
  Future<Outcome> run(String input) {
    if (running.incrementAndGet() > MOST_WAITING) {
      running.decrementAndGet();
      return Future.failedFuture(new IOException(name() + ": too many of them wait"));
    }
    return threads
        .executeBlocking(() -> once(input), false)
        .onComplete(d -> running.decrementAndGet());
  }

  private Outcome once(String input) throws IOException, InterruptedException {
    var bytes = input.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_INPUT) {
      throw new IOException(name() + ": the question is too long");
    }
    var process = new ProcessBuilder(command).start();
    try {
      var output = collect(process.getInputStream());
      var complaint = collect(process.getErrorStream());
      ask(process, bytes);
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException(name() + " took longer than " + limit.toSeconds() + " s");
      }
      return outcome(process.exitValue(), output, complaint);
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Outcome outcome(
      int code, CompletableFuture<byte[]> output, CompletableFuture<byte[]> complaint)
      throws IOException, InterruptedException {
    try {
      var bytes = output.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (bytes.length > MOST_OUTPUT) {
        throw new IOException(name() + " says more than " + MOST_OUTPUT + " bytes");
      }
      var words = complaint.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (words.length > 0) {
        var first = new String(words, StandardCharsets.UTF_8).lines().findFirst().orElse("");
        LOG.warn("{} ended with {} and said: {}", name(), code, Excerpt.of(first));
      }
      return new Outcome(code, new String(bytes, StandardCharsets.UTF_8));
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(name() + " left something running that holds its output", e);
    }
  }

  private static void ask(Process process, byte[] input) {
    try (var in = process.getOutputStream()) {
      in.write(input);
    } catch (IOException e) {
      LOG.trace("a program ends without reading", e);
    }
  }

  /** All that comes, of which no more than one byte beyond the limit is kept. */
  private static CompletableFuture<byte[]> collect(InputStream in) {
    var collected = new CompletableFuture<byte[]>();
    Thread.ofPlatform()
        .daemon()
        .name("program-output")
        .start(
            () -> {
              try (in) {
                var bytes = in.readNBytes(MOST_OUTPUT + 1);
                in.transferTo(OutputStream.nullOutputStream());
                collected.complete(bytes);
              } catch (IOException e) {
                collected.completeExceptionally(e);
              }
            });
    return collected;
  }
}
