package io.layover.storage.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class FileUploadStoreTest {
  private static final RepositoryName APP = RepositoryName.parse("team/app");
  private static final UUID ID = UUID.fromString("0f8fad5b-d9cb-469f-a165-70867728950e");

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 2);
  @TempDir private Path directory;

  @AfterEach
  void close() throws Exception {
    disk.close();
    result(vertx.close());
  }

  private FileUploadStore store() {
    return new FileUploadStore(new Layout(directory), disk);
  }

  private Path upload() {
    return directory.resolve("docker/registry/v2/repositories/team/app/_uploads/" + ID);
  }

  @Test
  void liesWhereDistributionLooks() throws Exception {
    result(store().create(APP, ID));

    assertEquals(0, Files.size(upload().resolve("data")));
    var started = Instant.parse(Files.readString(upload().resolve("startedat")));
    assertTrue(Duration.between(started, Instant.now()).abs().toSeconds() < 60);
    assertEquals(upload().resolve("data"), result(store().find(APP, ID)));
  }

  @Test
  void knowsAnUploadInItsRepositoryOnly() throws Exception {
    assertNull(result(store().find(APP, ID)));
    result(store().create(APP, ID));

    assertNull(result(store().find(RepositoryName.parse("team/other"), ID)));
    assertNull(result(store().find(APP, UUID.randomUUID())));
  }

  /** distribution makes the file with the first byte. */
  @Test
  void goesOnWithAnUploadThatDistributionBegan() throws Exception {
    Files.createDirectories(upload());
    Files.writeString(upload().resolve("startedat"), "2026-01-02T03:04:05Z");

    assertEquals(upload().resolve("data"), result(store().find(APP, ID)));
    assertEquals(0, Files.size(upload().resolve("data")));
  }

  @Test
  void deletesAllOfIt() throws Exception {
    result(store().create(APP, ID));
    Files.createDirectories(upload().resolve("hashstates/sha256"));
    Files.writeString(upload().resolve("hashstates/sha256/0"), "state");

    result(store().delete(APP, ID));
    result(store().delete(APP, ID));

    assertFalse(Files.exists(upload()));
    assertNull(result(store().find(APP, ID)));
  }

  private static <T extends @Nullable Object> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
