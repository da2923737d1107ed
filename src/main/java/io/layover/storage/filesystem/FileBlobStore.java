package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.storage.Aside;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.Ingest;
import io.layover.storage.Spool;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Blobs in files. The files of hot blobs stay open, so that a hit asks the disk nothing. */
public final class FileBlobStore implements BlobStore {
  private static final int OPEN_FILES = 512;
  private static final Duration KEPT_OPEN = Duration.ofMinutes(1);

  /** What {@link #read} takes into memory: any manifest, and never a layer. */
  private static final long LARGEST_READ = 2L * Manifest.LARGEST;

  private final Layout layout;
  private final Disk disk;
  private final boolean durable;
  private final Locks locks = new Locks();
  private final Cache<Digest, OpenFile> open;

  /** The files that are open, also for readers who take longer than a file is kept. */
  private final Cache<Digest, OpenFile> inUse = Caffeine.newBuilder().weakValues().build();

  private FileBlobStore(Layout layout, Disk disk, boolean durable) {
    this.layout = layout;
    this.disk = disk;
    this.durable = durable;
    this.open =
        Caffeine.newBuilder()
            .executor(Runnable::run)
            .maximumSize(OPEN_FILES)
            .expireAfterAccess(KEPT_OPEN)
            .removalListener(
                (@Nullable Digest digest, @Nullable OpenFile file, RemovalCause cause) ->
                    drop(file))
            .build();
  }

  private static void drop(@Nullable OpenFile file) {
    if (file != null) {
      file.drop();
    }
  }

  /**
   * Opens the store, and clears what an earlier run did not finish writing.
   *
   * @throws IOException if the directory cannot be made or written
   */
  public static FileBlobStore open(Layout layout, Disk disk) throws IOException {
    var store = beside(layout, disk);
    try (var leftovers = Files.newDirectoryStream(layout.temporary())) {
      for (var file : leftovers) {
        Trees.delete(file);
      }
    }
    return store;
  }

  /** The same store while another process is writing to it. */
  static FileBlobStore beside(Layout layout, Disk disk) throws IOException {
    Durable.createDirectories(layout.temporary());
    FileAside.restoreAll(layout);
    return new FileBlobStore(layout, disk, true);
  }

  /**
   * A new store of what is stored elsewhere too: nobody waits until it survives power loss.
   *
   * @throws IOException if the directory cannot be made
   */
  public static FileBlobStore ofCopies(Layout layout, Disk disk) throws IOException {
    Files.createDirectories(layout.temporary());
    return new FileBlobStore(layout, disk, false);
  }

  @Override
  public Future<@Nullable Blob> open(Digest digest) {
    var known = open.getIfPresent(digest);
    if (known != null && known.read()) {
      return Future.succeededFuture(new FileBlob(digest, known, disk));
    }
    return disk.run(
        () -> {
          synchronized (locks.of(digest)) {
            try {
              return new FileBlob(digest, openFile(digest), disk);
            } catch (NoSuchFileException e) {
              return null;
            }
          }
        });
  }

  /** The file for one more reader. */
  private OpenFile openFile(Digest digest) throws IOException {
    var kept = open.getIfPresent(digest);
    if (kept != null && kept.read()) {
      return kept;
    }
    var file = inUse.getIfPresent(digest);
    if (file == null || !file.hold()) {
      file = OpenFile.open(layout.blob(digest));
      inUse.put(digest, file);
    }
    file.read();
    open.put(digest, file);
    return file;
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
  public Future<Boolean> isStored(Digest digest) {
    return disk.run(
        () -> {
          synchronized (locks.of(digest)) {
            var stored = Files.exists(layout.blob(digest));
            if (!stored) {
              open.invalidate(digest);
              inUse.invalidate(digest);
            }
            return stored;
          }
        });
  }

  @Override
  public Future<@Nullable Buffer> read(Digest digest) {
    return disk.run(
        () -> {
          var file = layout.blob(digest);
          try {
            if (Files.size(file) > LARGEST_READ) {
              throw new IOException(digest + " is too large to be read at once");
            }
            return Buffer.buffer(Files.readAllBytes(file));
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
          synchronized (locks.of(digest)) {
            if (isKept(target)) {
              Files.delete(file);
            } else if (durable) {
              Durable.syncFile(file);
              Durable.move(file, target);
            } else {
              Durable.moveLoosely(file, target);
            }
          }
          return null;
        });
  }

  /** Shows that a blob is needed now; false if it is not there, or is taken away as garbage. */
  private boolean isKept(Path blob) throws IOException {
    try {
      Files.setLastModifiedTime(blob, FileTime.from(Instant.now()));
    } catch (FileSystemException e) {
      // It is gone, or belongs to another user.
      if (!Files.exists(blob)) {
        return false;
      }
    }
    try {
      if (durable) {
        Durable.sync(blob);
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  /** A file is put in its place at the end, and nothing has to be done before. */
  @Override
  public Ingest ingest(Digest digest, Spool spool) {
    return new Ingest() {
      @Override
      public Future<Void> commit() {
        return publish(digest, spool.file());
      }

      @Override
      public Future<Void> abandon() {
        return Future.succeededFuture();
      }
    };
  }

  @Override
  public Future<Void> put(Digest digest, Buffer content) {
    return disk.run(
        () -> {
          var target = layout.blob(digest);
          synchronized (locks.of(digest)) {
            if (!isKept(target)) {
              var temporary = layout.temporary().resolve(UUID.randomUUID().toString());
              var bytes = ByteBuffer.wrap(content.getBytes());
              if (durable) {
                Durable.write(temporary, target, bytes);
              } else {
                Durable.writeLoosely(temporary, target, bytes);
              }
            }
          }
          return null;
        });
  }

  @Override
  public Future<Boolean> delete(Digest digest) {
    return disk.run(
        () -> {
          synchronized (locks.of(digest)) {
            return remove(digest);
          }
        });
  }

  @Override
  public Aside aside() {
    return new FileAside(layout, disk);
  }

  @Override
  public Future<Boolean> evict(Digest digest) {
    return disk.run(
        () -> {
          synchronized (locks.of(digest)) {
            var file = inUse.getIfPresent(digest);
            if (file != null && file.isRead()) {
              return false;
            }
            remove(digest);
            return true;
          }
        });
  }

  private boolean remove(Digest digest) throws IOException {
    var target = layout.blob(digest);
    var deleted = Files.deleteIfExists(target);
    open.invalidate(digest);
    inUse.invalidate(digest);
    var directory = target.getParent();
    if (deleted && directory != null) {
      Trees.deleteIfEmpty(directory);
    }
    return deleted;
  }

  @Override
  public Future<Void> each(Visitor visitor) {
    return disk.run(
        () -> {
          Walks.blobs(layout, visitor);
          return null;
        });
  }
}
