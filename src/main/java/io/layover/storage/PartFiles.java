package io.layover.storage;

import io.layover.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Predicate;

/**
 * Where the bytes of blobs are kept while they come from an upstream: a file each, which outlives a
 * restart, so that the next one who wants the blob goes on with it.
 */
public record PartFiles(Path directory) {
  private static final int DEPTH = 2;

  public Path of(Digest digest) {
    return directory.resolve(digest.algorithm()).resolve(digest.hex() + ".part");
  }

  /**
   * Deletes what nobody has gone on with for so long.
   *
   * @param isBusy whether a file is being written
   * @return how many there were
   */
  public int sweep(Duration age, Predicate<Path> isBusy) throws IOException {
    var before = Instant.now().minus(age);
    var deleted = 0;
    try (var files = Files.walk(directory, DEPTH)) {
      for (var file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        if (!isBusy.test(file)
            && Files.getLastModifiedTime(file).toInstant().isBefore(before)
            && Files.deleteIfExists(file)) {
          deleted++;
        }
      }
    } catch (NoSuchFileException e) {
      // Nothing has come from an upstream yet, or a file has just become a blob.
      return deleted;
    }
    return deleted;
  }
}
