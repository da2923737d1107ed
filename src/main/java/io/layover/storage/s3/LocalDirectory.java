package io.layover.storage.s3;

import io.layover.storage.filesystem.Trees;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory of this process alone, for bytes on their way to or from S3. What processes have left
 * that are gone is removed by the next one that starts.
 */
final class LocalDirectory {
  private static final String LOCK = "lock";

  /** What nobody refers to would be closed by the collector, and with it the lock be lost. */
  private static final Set<FileLock> HELD = ConcurrentHashMap.newKeySet();

  private LocalDirectory() {}

  /**
   * Makes a directory below {@code base}.
   *
   * @throws IOException if it cannot be made or written
   */
  static Path make(Path base) throws IOException {
    Files.createDirectories(base);
    try (var earlier = Files.newDirectoryStream(base, "run-*")) {
      for (var one : earlier) {
        removeIfAbandoned(one);
      }
    }
    var path = Files.createTempDirectory(base, "run-");
    var channel =
        FileChannel.open(
            path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    // The process holds it until it ends, however it ends.
    HELD.add(channel.lock());
    return path;
  }

  private static void removeIfAbandoned(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory.resolve(LOCK), StandardOpenOption.WRITE);
        var mine = tryLock(channel)) {
      if (mine != null) {
        Trees.delete(directory);
      }
    } catch (NoSuchFileException e) {
      // Another process has just made it, or has just removed it.
      return;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      // Another storage of this very process.
      return null;
    }
  }
}
