package io.layover.parts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A server program that runs for a test: started, waited for, stopped, started again. */
public abstract class Daemon implements AutoCloseable {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /** Those that a test has or had, which are the ones that may tell why it failed. */
  private static final Set<Daemon> STARTED = ConcurrentHashMap.newKeySet();

  static {
    // A run that is broken off leaves no servers behind.
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> STARTED.forEach(Daemon::breakOff), "stop-daemons"));
  }

  private final Path log;
  private volatile @Nullable Process process;

  Daemon(Path log) {
    this.log = log;
  }

  abstract List<String> command();

  /** What is asked until it answers anything. */
  abstract URI probe();

  Map<String, String> environment() {
    return Map.of();
  }

  /** Starts the program and returns when it answers; the log goes on. */
  void launch(Duration patience) {
    try {
      var builder =
          new ProcessBuilder(command())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(new HashMap<>(environment()));
      process = builder.start();
      STARTED.add(this);
      process.getOutputStream().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    long end = System.nanoTime() + patience.toNanos();
    while (!answers()) {
      if (!process.isAlive() || System.nanoTime() > end) {
        boolean ended = !process.isAlive();
        kill();
        var how = ended ? " ended instead of answering\n" : " does not answer\n";
        throw new AssertionError(String.join(" ", command()) + how + output());
      }
      pause();
    }
  }

  boolean answers() {
    if (probe().getScheme().equals("https")) {
      return accepts();
    }
    try {
      var request = HttpRequest.newBuilder(probe()).timeout(Duration.ofSeconds(2)).build();
      HTTP.send(request, BodyHandlers.discarding());
      return true;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Whether it listens; a certificate is for its client to look at. */
  private boolean accepts() {
    try (var socket = new Socket(probe().getHost(), probe().getPort())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  static void pause() {
    try {
      Thread.sleep(30);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Asks the program to stop (SIGTERM), waits, and tells its exit code. */
  public int stop() {
    return end(false);
  }

  /** Ends the program at once (SIGKILL). */
  public void kill() {
    end(true);
  }

  private int end(boolean forcibly) {
    var running = process;
    if (running == null) {
      return 0;
    }
    process = null;
    if (forcibly) {
      running.destroyForcibly();
    } else {
      running.destroy();
    }
    try {
      if (!running.waitFor(30, TimeUnit.SECONDS)) {
        running.destroyForcibly();
        throw new AssertionError(running.info() + " did not stop on SIGTERM\n" + output());
      }
      return running.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private void breakOff() {
    var running = process;
    if (running != null) {
      running.destroy();
    }
  }

  @Override
  public void close() {
    kill();
  }

  public boolean running() {
    return process != null && process.isAlive();
  }

  /** Everything it wrote so far, over all its starts. */
  public String output() {
    return Files.exists(log) ? Tools.read(log) : "";
  }

  /** Waits, five seconds at most, until a whole line of the output matches. */
  public void awaitOutput(String lineRegex) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (output().lines().noneMatch(line -> line.matches(lineRegex))) {
      if (System.nanoTime() > end) {
        throw new AssertionError("no line matches " + lineRegex + " in\n" + output());
      }
      pause();
    }
  }

  /** Those that were started since {@link #forgetStopped} was called last, or still run. */
  static Set<Daemon> started() {
    return STARTED;
  }

  /** A test is over, and so are its servers, but for those that its class has for all tests. */
  static void forgetStopped() {
    STARTED.removeIf(daemon -> !daemon.running());
  }

  /** Where {@link #output} is kept. */
  public Path log() {
    return log;
  }

  /** Resident memory now, in bytes. */
  public long rss() {
    return memory("VmRSS");
  }

  /** The most resident memory it ever had since its start, in bytes. */
  public long peakRss() {
    return memory("VmHWM");
  }

  private long memory(String name) {
    if (process == null) {
      throw new IllegalStateException("not running");
    }
    var status = Tools.read(Path.of("/proc/" + process.pid() + "/status"));
    var value = Pattern.compile(name + ":\\s+(\\d+) kB").matcher(status);
    if (!value.find()) {
      throw new IllegalStateException("no " + name + " in\n" + status);
    }
    return Long.parseLong(value.group(1)) * 1024;
  }
}
