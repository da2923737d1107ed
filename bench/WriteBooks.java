package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/** Writes the eviction books of a mirror that has so much: {@code WriteBooks FILE ENTRIES}. */
final class WriteBooks {
  private static final int LAYERS = 100;
  private static final int STEP = 10_000;

  private WriteBooks() {}

  public static void main(String[] arguments) throws Exception {
    var entries = Integer.parseInt(arguments[1]);
    var limits = new Limits(Limits.NO_SIZE, List.of(Duration.ZERO), name -> 0);
    var ledger = new Ledger(limits, InstantSource.system());
    try (var recorder = Recorder.open(ledger, Path.of(arguments[0]))) {
      for (var i = 0; i < entries; i++) {
        var digest = Digest.sha256("layer " + i);
        var name = new RepositoryName("library/image-" + i / LAYERS);
        ledger.resize(ledger.blobs.obtain(digest), i);
        ledger.touch(ledger.obtain(name, Kind.LAYER, digest));
        if (i % STEP == 0) {
          recorder.flush();
        }
      }
    }
  }
}
