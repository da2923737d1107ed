package io.layover.storage.filesystem;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;

/** File operations that are either whole or absent afterwards, and still so after power loss. */
final class Durable {
  private static final int ATTEMPTS = 100;

  private Durable() {}

  /** Creates a directory and its parents; each new entry is on disk when this returns. */
  static void createDirectories(Path directory) throws IOException {
    if (Files.isDirectory(directory)) {
      return;
    }
    var parent = directory.toAbsolutePath().getParent();
    if (parent != null) {
      createDirectories(parent);
    }
    try {
      Files.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(directory)) {
        throw e;
      }
    }
    if (parent != null) {
      syncDirectory(parent);
    }
  }

  /** Writes a small file to {@code temporary}, then puts it in the place of {@code target}. */
  static void write(Path temporary, Path target, ByteBuffer content) throws IOException {
    try {
      writeFile(temporary, content, true);
      move(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /** As {@link #write}, whole or absent too, but possibly forgotten when the power fails. */
  static void writeLoosely(Path temporary, Path target, ByteBuffer content) throws IOException {
    try {
      writeFile(temporary, content, false);
      moveLoosely(temporary, target);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  /**
   * Puts {@code file}, whose content is on disk, in the place of {@code target}. What was new is
   * synced in the end, from below: file systems with a journal then write it once.
   */
  static void move(Path file, Path target) throws IOException {
    var changed = new ArrayList<Path>();
    var directory = directoryOf(target.toAbsolutePath());
    changed.add(directory);
    for (; !Files.isDirectory(directory); changed.add(directory)) {
      directory = directoryOf(directory);
    }
    moveLoosely(file, target);
    for (var each : changed) {
      try {
        syncDirectory(each);
      } catch (NoSuchFileException e) {
        // Whoever has pruned it has removed the file before: that came later than this.
      }
    }
  }

  /** Makes a file that is there already, whoever wrote it, survive power loss in its place. */
  static void sync(Path file) throws IOException {
    syncFile(file);
    syncDirectory(directoryOf(file));
  }

  static void syncFile(Path file) throws IOException {
    try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(false);
    }
  }

  static void syncDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void writeFile(Path file, ByteBuffer content, boolean sync) throws IOException {
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      while (content.hasRemaining()) {
        channel.write(content);
      }
      if (sync) {
        channel.force(false);
      }
    }
  }

  /** As {@link #move}, whole or absent too, but possibly forgotten when the power fails. */
  static void moveLoosely(Path file, Path target) throws IOException {
    for (var attempt = 1; ; attempt++) {
      try {
        if (attempt > 1) {
          Files.createDirectories(directoryOf(target));
        }
        moveAtomically(file, target);
        return;
      } catch (NoSuchFileException e) {
        // The directory is missing, or was pruned as empty this very moment, perhaps once more.
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void moveAtomically(Path file, Path target) throws IOException {
    try {
      Files.move(file, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (AtomicMoveNotSupportedException e) {
      throw new IOException("the storage directory must lie within one file system", e);
    }
  }

  private static Path directoryOf(Path file) {
    var parent = file.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(file + " has no directory");
    }
    return parent;
  }
}
