package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.storage.Spool;
import java.nio.file.Path;

/**
 * The end of an upload as this process has received it: all of it, unless another process had
 * begun.
 *
 * @param base where in the upload the file begins
 * @param checkpoint the file's size, and its hash
 */
record Received(Path file, long base, Spool.Checkpoint checkpoint) {
  /** Nothing yet of what follows the first {@code base} bytes. */
  static Received from(Path file, long base, String algorithm) {
    return new Received(file, base, new Spool.Checkpoint(algorithm, 0, Digest.hasher(algorithm)));
  }

  /** How many bytes the upload has. */
  long end() {
    return base + checkpoint.size();
  }

  boolean isWhole() {
    return base == 0;
  }
}
