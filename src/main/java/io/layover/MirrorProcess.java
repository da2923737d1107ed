package io.layover;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The demo's mirror in a JVM of its own, which learns what a server does and nothing else. It does
 * not outlast this one, however that ends.
 */
final class MirrorProcess implements AutoCloseable {
  private static final Pattern LISTENS = Pattern.compile("listens on \\S+:(\\d+) ");

  private final Process process;
  private final int port;

  private MirrorProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts it; returns once it listens.
   *
   * @param program the words that begin Layover; its log says at least that it listens
   * @param environment what configures it besides the file, and nothing of the caller's
   * @throws IOException if it cannot be started, or ends; the message has what it said
   */
  static MirrorProcess start(List<String> program, Path file, Map<String, String> environment)
      throws IOException {
    var words = Stream.concat(program.stream(), Stream.of("serve", file.toString())).toList();
    var builder = new ProcessBuilder(words).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("REGISTRY_"));
    builder.environment().putAll(environment);
    var process = builder.start();
    Runtime.getRuntime().addShutdownHook(new Thread(process.toHandle()::destroy, "end mirror"));
    var said = process.inputReader();
    var port = port(said);
    // Nobody may have to wait for a full pipe.
    Thread.ofVirtual().start(() -> said.lines().forEach(line -> {}));
    return new MirrorProcess(process, port);
  }

  private static int port(BufferedReader said) throws IOException {
    var before = new StringBuilder();
    for (var line = said.readLine(); line != null; line = said.readLine()) {
      var listens = LISTENS.matcher(line);
      if (listens.find()) {
        return Integer.parseInt(listens.group(1));
      }
      before.append(line).append('\n');
    }
    throw new IOException("the mirror does not start: " + before);
  }

  int port() {
    return port;
  }

  /** Lets it end as a signal would, and waits until it has. */
  @Override
  public void close() {
    // Process.destroy would also close the pipe that the program still writes to.
    process.toHandle().destroy();
    process.onExit().join();
  }
}
