package io.layover.storage.filesystem;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.notify.Listening;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.UploadStore;
import io.layover.storage.UploadStoreContract;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FileUploadStoreTest extends UploadStoreContract {
  @Override
  protected UploadStore start() throws Exception {
    return new FileUploadStore(new Layout(directory), blobs(), disk);
  }

  @Override
  protected BlobStore blobs() throws Exception {
    return FileBlobStore.open(new Layout(directory), disk);
  }

  private Path upload() {
    return directory.resolve("docker/registry/v2/repositories/team/app/_uploads/" + ID);
  }

  @Test
  void liesWhereDistributionLooks() throws Exception {
    result(store().create(APP, ID, "sha256"));
    assertEquals(0, Files.size(upload().resolve("data")));
    var started = Instant.parse(Files.readString(upload().resolve("startedat")));
    assertTrue(Duration.between(started, Instant.now()).abs().toSeconds() < 60);

    append(found(store()), "hello".getBytes(StandardCharsets.UTF_8));
    assertArrayEquals(
        "hello".getBytes(StandardCharsets.UTF_8), Files.readAllBytes(upload().resolve("data")));
  }

  /** distribution makes the file with the first byte. */
  @Test
  void goesOnWithAnUploadThatDistributionBegan() throws Exception {
    Files.createDirectories(upload());
    Files.writeString(upload().resolve("startedat"), "2026-01-02T03:04:05Z");

    assertEquals(0, found(store()).size());
    assertEquals(0, Files.size(upload().resolve("data")));
  }

  @Test
  void deletesAllOfIt() throws Exception {
    result(store().create(APP, ID, "sha256"));
    Files.createDirectories(upload().resolve("hashstates/sha256"));
    Files.writeString(upload().resolve("hashstates/sha256/0"), "state");

    result(found(store()).delete());

    assertFalse(Files.exists(upload()));
  }

  /** Disk threads make it, find it, open it, write to it, sync it and close it. */
  @Test
  void muchThatArrivedGoesToTheDiskBeforeItsDigestIsNamed() throws Exception {
    var meters = new SimpleMeterRegistry();
    try (var counted = new Disk(vertx, 8, meters)) {
      var store = new FileUploadStore(new Layout(directory), blobs(), counted);
      result(store.create(APP, ID, "sha256"));
      appendAtOnce(found(store), new byte[1 << 20]);
      var jobs = meters.get("layover.disk.run").timer();
      Listening.await(() -> jobs.count() == 6);
    }
  }
}
