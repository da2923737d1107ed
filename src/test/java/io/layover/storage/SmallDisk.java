package io.layover.storage;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Assumptions;

/** A file system in memory that is soon full. Only those who may mount one have it. */
public final class SmallDisk implements AutoCloseable {
  private static final String FILLER = "filler";

  private final Path root;

  private SmallDisk(Path root) {
    this.root = root;
  }

  /** The file system in the place of an empty directory; without the right to that, no test. */
  public static SmallDisk at(Path directory, long bytes) throws IOException {
    Files.createDirectories(directory);
    var options = "size=" + bytes;
    var mounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory.toString());
    Assumptions.assumeTrue(mounted, "only root may mount a file system");
    return new SmallDisk(directory);
  }

  public Path root() {
    return root;
  }

  /** Leaves room for nothing more. */
  public void fill() throws IOException {
    try (var filler = filler()) {
      for (var chunk = new byte[4096]; ; ) {
        filler.write(chunk);
      }
    } catch (IOException e) {
      if (root.toFile().getUsableSpace() > 0) {
        throw e;
      }
    }
  }

  private OutputStream filler() throws IOException {
    return Files.newOutputStream(
        root.resolve(FILLER), StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** Gives back what {@link #fill} took, and makes the rest larger. */
  public void makeRoom(long bytes) throws IOException {
    Files.deleteIfExists(root.resolve(FILLER));
    if (!run("mount", "-o", "remount,size=" + bytes, root.toString())) {
      throw new IllegalStateException("the file system cannot be made larger");
    }
  }

  /** Files that are still open keep their bytes until they are closed. */
  @Override
  public void close() {
    if (!run("umount", "--lazy", root.toString())) {
      throw new IllegalStateException("the file system cannot be unmounted");
    }
  }

  private static boolean run(String... command) {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      // There is no such program here.
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
