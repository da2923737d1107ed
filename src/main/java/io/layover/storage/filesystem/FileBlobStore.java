package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Blobs in files. The files of hot blobs stay open, so that a hit asks the disk nothing. */
public final class FileBlobStore implements BlobStore {
  private static final int OPEN_FILES = 512;
  private static final Duration KEPT_OPEN = Duration.ofMinutes(1);
  private static final int MEMORY = 16 << 20;

  private final Layout layout;
  private final Disk disk;
  private final Cache<Digest, OpenFile> open;
  private final Cache<Digest, Buffer> contents;

  private FileBlobStore(Layout layout, Disk disk) {
    this.layout = layout;
    this.disk = disk;
    this.open =
        Caffeine.newBuilder()
            .maximumSize(OPEN_FILES)
            .expireAfterAccess(KEPT_OPEN)
            .removalListener((Digest digest, OpenFile file, Object cause) -> release(file))
            .build();
    this.contents =
        Caffeine.newBuilder()
            .maximumWeight(MEMORY)
            .weigher((Digest digest, Buffer content) -> content.length() + 256)
            .build();
  }

  private static void release(@Nullable OpenFile file) {
    if (file != null) {
      file.release();
    }
  }

  /**
   * Opens the store, and clears what an earlier run did not finish writing.
   *
   * @throws IOException if the directory cannot be made or written
   */
  public static FileBlobStore open(Layout layout, Disk disk) throws IOException {
    Durable.createDirectories(layout.temporary());
    try (var leftovers = Files.newDirectoryStream(layout.temporary())) {
      for (var file : leftovers) {
        Files.deleteIfExists(file);
      }
    }
    return new FileBlobStore(layout, disk);
  }

  @Override
  public Future<@Nullable Blob> open(Digest digest) {
    var known = open.getIfPresent(digest);
    if (known != null && known.retain()) {
      return Future.succeededFuture(new FileBlob(digest, known, disk));
    }
    return disk.run(
        () -> {
          try {
            var file = OpenFile.open(layout.blob(digest));
            file.retain();
            open.put(digest, file);
            return new FileBlob(digest, file, disk);
          } catch (NoSuchFileException e) {
            return null;
          }
        });
  }

  @Override
  public Future<@Nullable Long> size(Digest digest) {
    var known = open.getIfPresent(digest);
    if (known != null) {
      return Future.succeededFuture(known.size());
    }
    return disk.run(
        () -> {
          try {
            return Files.size(layout.blob(digest));
          } catch (NoSuchFileException e) {
            return null;
          }
        });
  }

  @Override
  public Future<@Nullable Buffer> read(Digest digest) {
    var known = contents.getIfPresent(digest);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    return disk.run(
        () -> {
          try {
            var content = Buffer.buffer(Files.readAllBytes(layout.blob(digest)));
            contents.put(digest, content);
            return content;
          } catch (NoSuchFileException e) {
            return null;
          }
        });
  }

  @Override
  public Future<Void> publish(Digest digest, Path file) {
    return disk.run(
        () -> {
          var target = layout.blob(digest);
          if (Files.exists(target)) {
            Files.delete(file);
          } else {
            Durable.syncFile(file);
            Durable.move(file, target);
          }
          return null;
        });
  }

  @Override
  public Future<Void> put(Digest digest, Buffer content) {
    return disk.run(
        () -> {
          var target = layout.blob(digest);
          if (!Files.exists(target)) {
            Durable.write(
                layout.temporary().resolve(UUID.randomUUID().toString()),
                target,
                ByteBuffer.wrap(content.getBytes()));
          }
          contents.put(digest, content);
          return null;
        });
  }

  @Override
  public Future<Boolean> delete(Digest digest) {
    return disk.run(
        () -> {
          var target = layout.blob(digest);
          var deleted = Files.deleteIfExists(target);
          var directory = target.getParent();
          if (deleted && directory != null) {
            Files.deleteIfExists(directory);
          }
          contents.invalidate(digest);
          open.invalidate(digest);
          return deleted;
        });
  }
}
