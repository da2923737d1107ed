package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.Spool;
import io.layover.storage.Upload;
import io.layover.storage.UploadStore;
import io.vertx.core.Future;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Uploads where distribution keeps its own, so that either program goes on with them. Only the hash
 * of what has arrived is kept in memory, and computed again where it is lost.
 */
public final class FileUploadStore implements UploadStore {
  private final Layout layout;
  private final BlobStore blobs;
  private final Disk disk;
  private final Cache<UUID, Spool.Checkpoint> checkpoints =
      Caffeine.newBuilder().maximumSize(4096).expireAfterAccess(Duration.ofHours(1)).build();

  /**
   * @param blobs in the same directory, where uploads become blobs
   */
  public FileUploadStore(Layout layout, BlobStore blobs, Disk disk) {
    this.layout = layout;
    this.blobs = blobs;
    this.disk = disk;
  }

  @Override
  public Future<Void> create(RepositoryName name, UUID id, String algorithm) {
    checkpoints.put(id, new Spool.Checkpoint(algorithm, 0, Digest.hasher(algorithm)));
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
  public Future<@Nullable Upload> find(RepositoryName name, UUID id) {
    return disk.run(
        () -> {
          var directory = layout.upload(name, id.toString());
          var data = directory.resolve("data");
          // distribution makes the file with the first byte only.
          if (!Files.exists(data) && Files.exists(directory.resolve("startedat"))) {
            Files.createFile(data);
          }
          return Files.exists(data) ? new FileUpload(this, id, data, Files.size(data)) : null;
        });
  }

  @Override
  public Future<Integer> purge(Instant before, boolean dryRun) {
    return disk.run(() -> StaleUploads.of(layout, before).remove(dryRun));
  }

  BlobStore blobs() {
    return blobs;
  }

  Disk disk() {
    return disk;
  }

  Spool.@Nullable Checkpoint checkpoint(UUID id) {
    return checkpoints.getIfPresent(id);
  }

  void setCheckpoint(UUID id, Spool.Checkpoint checkpoint) {
    checkpoints.put(id, checkpoint);
  }

  Future<Void> delete(UUID id, Path data) {
    checkpoints.invalidate(id);
    return disk.run(
        () -> {
          var directory = data.getParent();
          if (directory != null) {
            Trees.delete(directory);
          }
          return null;
        });
  }
}
