package io.layover.storage.filesystem;

import io.layover.storage.Disk;
import io.layover.storage.Lease;
import io.layover.storage.Stores;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A storage in a directory. */
public final class FileStores {
  private FileStores() {}

  /** A directory that is gone, or on a disk that is read-only now, is no storage. */
  private static @Nullable Void look(Layout layout) throws IOException {
    if (!Files.isDirectory(layout.temporary())) {
      throw new IOException("its directory is not there");
    }
    if (!Files.isWritable(layout.temporary())) {
      throw new IOException("its directory cannot be written");
    }
    return null;
  }

  /**
   * Opens the storage below {@code root}, and clears what an earlier run did not finish writing.
   *
   * @throws IOException if the directory cannot be made or written
   */
  public static Stores open(Path root, Disk disk) throws IOException {
    var layout = new Layout(root);
    return of(layout, FileBlobStore.open(layout, disk), disk);
  }

  /**
   * The same storage while a server is using it, too: what that has begun to write is left alone.
   *
   * @throws IOException if the directory cannot be made or written
   */
  public static Stores beside(Path root, Disk disk) throws IOException {
    var layout = new Layout(root);
    return of(layout, FileBlobStore.beside(layout, disk), disk);
  }

  private static Stores of(Layout layout, FileBlobStore blobs, Disk disk) {
    return new Stores(
        blobs,
        new FileRepositoryStore(layout, disk),
        new FileUploadStore(layout, blobs, disk),
        new FileReferrerStore(layout, disk),
        layout.parts(),
        layout.books(),
        () -> disk.run(() -> look(layout)),
        name -> Lease.ALONE);
  }
}
