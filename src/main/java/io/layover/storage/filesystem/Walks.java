package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.storage.BlobStore;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Kind;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all that lies in a store. What is no blob or link, or goes meanwhile, is passed over.
 */
final class Walks {
  private static final List<String> ALGORITHMS = List.of("sha256", "sha512");

  private Walks() {}

  static void blobs(Layout layout, BlobStore.Visitor visitor) throws IOException {
    for (var algorithm : ALGORITHMS) {
      var below = layout.blobs().resolve(algorithm);
      for (var start : Trees.names(below)) {
        visit(
            below.resolve(start),
            algorithm,
            "data",
            (digest, data) -> visitor.blob(digest, data.size(), lastUse(data)));
      }
    }
  }

  private static void links(Layout layout, RepositoryName name, RepositoryStore.Visitor visitor)
      throws IOException {
    for (var kind : Kind.values()) {
      for (var algorithm : ALGORITHMS) {
        visit(
            layout.links(name, kind).resolve(algorithm),
            algorithm,
            "link",
            (digest, link) ->
                visitor.link(name, kind, digest, link.lastModifiedTime().toInstant()));
      }
    }
  }

  private interface Visitor {
    void file(Digest digest, BasicFileAttributes attributes);
  }

  /** Visits the files called {@code file} in the directories that a digest gives its name. */
  private static void visit(Path directory, String algorithm, String file, Visitor visitor)
      throws IOException {
    try (var entries = Files.newDirectoryStream(directory)) {
      for (var entry : entries) {
        var digest = digest(algorithm, entry);
        if (digest != null) {
          visit(digest, entry, file, visitor);
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return;
    }
  }

  private static void visit(Digest digest, Path directory, String file, Visitor visitor)
      throws IOException {
    try {
      var attributes = Files.readAttributes(directory.resolve(file), BasicFileAttributes.class);
      if (attributes.isRegularFile()) {
        visitor.file(digest, attributes);
      }
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      if (Files.isDirectory(directory)) {
        throw e;
      }
    }
  }

  private static @Nullable Digest digest(String algorithm, Path entry) {
    try {
      return Digest.parse(algorithm + ":" + entry.getFileName());
    } catch (RegistryException e) {
      return null;
    }
  }

  /** Access times are kept loosely, or not at all; a blob is never written twice. */
  private static Instant lastUse(BasicFileAttributes data) {
    var read = data.lastAccessTime().toInstant();
    var written = data.lastModifiedTime().toInstant();
    return read.isAfter(written) ? read : written;
  }

  /** What the visit of a repository's directory leads to. */
  interface Repositories {
    FileVisitResult visit(String name) throws IOException;

    /** A directory cannot be read; what is below it is passed over. */
    default void missed(IOException cause) throws IOException {}
  }

  /** Visits whatever may be a repository by its name. */
  static void repositories(Layout layout, Repositories visitor) throws IOException {
    var root = layout.repositories();
    if (!Files.isDirectory(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes a)
              throws IOException {
            if (directory.getFileName().toString().startsWith("_")) {
              return FileVisitResult.SKIP_SUBTREE;
            }
            var name = root.relativize(directory).toString();
            return RepositoryName.isValid(name) ? visitor.visit(name) : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (!(e instanceof NoSuchFileException)) {
              visitor.missed(e);
            }
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Visits every link of every repository; one that cannot be read fails the whole. */
  static void links(Layout layout, RepositoryStore.Visitor visitor) throws IOException {
    repositories(
        layout,
        new Repositories() {
          @Override
          public FileVisitResult visit(String name) throws IOException {
            links(layout, new RepositoryName(name), visitor);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public void missed(IOException cause) throws IOException {
            throw cause;
          }
        });
  }
}
