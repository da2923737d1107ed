package io.layover.storage.filesystem;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Uploads that have long been left alone, whoever began them. */
final class StaleUploads {
  private static final Logger LOG = LoggerFactory.getLogger(StaleUploads.class);

  private final List<Path> directories;

  private StaleUploads(List<Path> directories) {
    this.directories = directories;
  }

  /** Those that were last changed before that time. */
  static StaleUploads of(Layout layout, Instant before) throws IOException {
    var found = new ArrayList<Path>();
    var root = layout.repositories();
    if (Files.exists(root)) {
      Files.walkFileTree(root, new Search(before, found));
    }
    return new StaleUploads(found);
  }

  /** Looks at uploads, and past all that is not one. */
  private static final class Search extends SimpleFileVisitor<Path> {
    private final Instant before;
    private final List<Path> found;

    private Search(Instant before, List<Path> found) {
      this.before = before;
      this.found = found;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
        throws IOException {
      var name = directory.getFileName().toString();
      if (name.equals("_uploads")) {
        for (var id : Trees.names(directory)) {
          if (lastChange(directory.resolve(id)).isBefore(before)) {
            found.add(directory.resolve(id));
          }
        }
      }
      return name.startsWith("_") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }
  }

  private static Instant lastChange(Path upload) throws IOException {
    var last = Instant.MIN;
    try {
      last = Files.getLastModifiedTime(upload).toInstant();
      for (var name : Trees.names(upload)) {
        var one = Files.getLastModifiedTime(upload.resolve(name)).toInstant();
        last = one.isAfter(last) ? one : last;
      }
      return last;
    } catch (NoSuchFileException e) {
      // It has just been finished.
      return Instant.MAX;
    }
  }

  /** Removes them, and tells how many there were. */
  int remove(boolean dryRun) throws IOException {
    for (var directory : directories) {
      LOG.info("{} was left alone for long{}", directory, dryRun ? "" : ", and goes");
      if (!dryRun) {
        Trees.delete(directory);
      }
    }
    return directories.size();
  }
}
