package io.layover.storage.filesystem;

import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.layover.storage.UploadStore;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Uploads where distribution keeps its own, so that either program goes on with them. */
public final class FileUploadStore implements UploadStore {
  private final Layout layout;
  private final Disk disk;

  public FileUploadStore(Layout layout, Disk disk) {
    this.layout = layout;
    this.disk = disk;
  }

  @Override
  public Future<Void> create(RepositoryName name, UUID id) {
    return disk.run(
        () -> {
          var directory = layout.upload(name, id.toString());
          Files.createDirectories(directory);
          Files.writeString(
              directory.resolve("startedat"),
              Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
          Files.createFile(directory.resolve("data"));
          return null;
        });
  }

  @Override
  public Future<@Nullable Path> find(RepositoryName name, UUID id) {
    return disk.run(
        () -> {
          var directory = layout.upload(name, id.toString());
          var data = directory.resolve("data");
          // distribution makes the file with the first byte only.
          if (!Files.exists(data) && Files.exists(directory.resolve("startedat"))) {
            Files.createFile(data);
          }
          return Files.exists(data) ? data : null;
        });
  }

  @Override
  public Future<Void> delete(RepositoryName name, UUID id) {
    return disk.run(
        () -> {
          Trees.delete(layout.upload(name, id.toString()));
          return null;
        });
  }
}
