package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.storage.Aside;
import io.layover.storage.Disk;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A directory beside the blobs, into which they are renamed. */
final class FileAside implements Aside {
  private final Layout layout;
  private final Disk disk;

  FileAside(Layout layout, Disk disk) {
    this.layout = layout;
    this.disk = disk;
  }

  /** Whoever writes a blob that is there marks it as new, which is seen here or finds it gone. */
  @Override
  public Future<Boolean> take(Digest digest, Instant before) {
    return disk.run(
        () -> {
          var blob = layout.blob(digest);
          var aside = layout.aside(digest);
          Files.createDirectories(layout.aside().resolve(digest.algorithm()));
          try {
            Files.move(blob, aside, StandardCopyOption.ATOMIC_MOVE);
          } catch (NoSuchFileException e) {
            return false;
          }
          if (!Files.getLastModifiedTime(aside).toInstant().isBefore(before)) {
            restore(layout, digest);
            return false;
          }
          var directory = blob.getParent();
          if (directory != null) {
            Trees.deleteIfEmpty(directory);
          }
          return true;
        });
  }

  @Override
  public Future<Void> putBack(Digest digest) {
    return disk.run(
        () -> {
          restore(layout, digest);
          return null;
        });
  }

  @Override
  public Future<Void> drop(Digest digest) {
    return disk.run(
        () -> {
          Files.deleteIfExists(layout.aside(digest));
          return null;
        });
  }

  private static void restore(Layout layout, Digest digest) throws IOException {
    var aside = layout.aside(digest);
    var blob = layout.blob(digest);
    try {
      if (Files.exists(blob)) {
        Files.delete(aside);
      } else {
        Durable.move(aside, blob);
      }
    } catch (NoSuchFileException e) {
      // Somebody else has put it back.
      if (!Files.exists(blob)) {
        throw e;
      }
    }
  }

  /** Puts back what a collection that was killed has left. */
  static void restoreAll(Layout layout) throws IOException {
    for (var algorithm : Trees.names(layout.aside())) {
      for (var hex : Trees.names(layout.aside().resolve(algorithm))) {
        var digest = digest(algorithm, hex);
        if (digest != null) {
          restore(layout, digest);
        }
      }
    }
  }

  private static @Nullable Digest digest(String algorithm, String hex) {
    try {
      return Digest.parse(algorithm + ":" + hex);
    } catch (RegistryException e) {
      return null;
    }
  }
}
