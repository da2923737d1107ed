package io.layover.parts;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Where the programs are that this machine has, and where those write that run for a test. */
public final class Tools {
  private static final Path PARTS = Path.of("target", "parts").toAbsolutePath();

  private Tools() {}

  /** The program: in the path, where administrators have theirs, or where Go puts them. */
  public static Optional<Path> find(String program) {
    return findAll(program).findFirst();
  }

  /** All programs of that name, such as one of Debian's and a newer one. */
  static Stream<Path> findAll(String program) {
    // An absolute name stays what it is when resolved against a folder.
    return folders().stream().map(folder -> folder.resolve(program)).filter(Files::isExecutable);
  }

  /** Leaves the rest of a test out, or fails it, as {@link RealParts} does. */
  public static void require(String... programs) {
    var absent = RealPartsCondition.absent(programs);
    Assumptions.assumeTrue(absent.isEmpty(), () -> "not installed: " + absent);
  }

  static String path(String program) {
    return find(program)
        .map(Path::toString)
        .orElseThrow(() -> new IllegalStateException(program + " is not installed"));
  }

  private static List<Path> folders() {
    var folders = new ArrayList<Path>();
    for (var folder : String.valueOf(System.getenv("PATH")).split(File.pathSeparator, -1)) {
      folders.add(Path.of(folder));
    }
    folders.add(Path.of("/usr/sbin"));
    folders.add(Path.of("/usr/local/sbin"));
    folders.add(Path.of(System.getProperty("user.home"), "go", "bin"));
    return folders;
  }

  /** A folder below {@code target/parts}, which stays after the test. */
  public static Path folder(String name) {
    try {
      return Files.createDirectories(PARTS.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A folder below {@code target/parts} that nobody used before; it goes with the next run. */
  public static Path freshFolder(String name) {
    try {
      return Files.createTempDirectory(Run.FOLDER, name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Made on first use. */
  private static final class Run {
    static final Path FOLDER = run();
  }

  /** This run's folder; those of runs that have ended are removed. */
  private static Path run() {
    try (var runs = Files.list(folder("runs"))) {
      for (var run : runs.toList()) {
        if (ProcessHandle.of(Long.parseLong(run.getFileName().toString())).isEmpty()) {
          Command.of("rm", "-rf", run.toString()).run();
        }
      }
      return folder("runs/" + ProcessHandle.current().pid());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A port of 127.0.0.1 on which nothing listens. */
  public static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
