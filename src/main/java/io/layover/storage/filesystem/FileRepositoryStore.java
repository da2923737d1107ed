package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Links and tags in small files. What was read once is remembered, within bounds. */
public final class FileRepositoryStore implements RepositoryStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileRepositoryStore.class);
  private static final int REMEMBERED = 50_000;

  /** The order of distribution's catalog: what is below a name follows it at once. */
  private static final Comparator<String> BY_PATH =
      Comparator.comparing(name -> name.replace('/', '\0'));

  private record LinkKey(RepositoryName name, Kind kind, Digest digest) {}

  private record TagKey(RepositoryName name, Tag tag) {}

  private final Layout layout;
  private final Disk disk;
  private final Locks locks = new Locks();
  private final Cache<LinkKey, Boolean> links =
      Caffeine.newBuilder().maximumSize(REMEMBERED).build();
  private final Cache<TagKey, Digest> tags = Caffeine.newBuilder().maximumSize(REMEMBERED).build();

  public FileRepositoryStore(Layout layout, Disk disk) {
    this.layout = layout;
    this.disk = disk;
  }

  @Override
  public Future<Boolean> isLinked(RepositoryName name, Kind kind, Digest digest) {
    var key = new LinkKey(name, kind, digest);
    if (links.getIfPresent(key) != null) {
      return Future.succeededFuture(true);
    }
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            var linked = digest.equals(readLink(layout.link(name, kind, digest)));
            if (linked) {
              links.put(key, true);
            }
            return linked;
          }
        });
  }

  @Override
  public Future<Void> link(RepositoryName name, Kind kind, Digest digest, Durability durability) {
    var key = new LinkKey(name, kind, digest);
    if (links.getIfPresent(key) != null) {
      return Future.succeededFuture();
    }
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            writeLink(layout.link(name, kind, digest), digest, durability);
            links.put(key, true);
          }
          return null;
        });
  }

  @Override
  public Future<Boolean> unlink(RepositoryName name, Kind kind, Digest digest) {
    var key = new LinkKey(name, kind, digest);
    return disk.run(
        () -> {
          var link = layout.link(name, kind, digest);
          synchronized (locks.of(key)) {
            var deleted = Files.deleteIfExists(link);
            links.invalidate(key);
            var directory = link.getParent();
            if (deleted && directory != null) {
              Trees.deleteIfEmpty(directory);
            }
            return deleted;
          }
        });
  }

  @Override
  public Future<@Nullable Digest> resolve(RepositoryName name, Tag tag) {
    var key = new TagKey(name, tag);
    var known = tags.getIfPresent(key);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            var digest = readLink(layout.tagLink(name, tag));
            if (digest != null) {
              tags.put(key, digest);
            }
            return digest;
          }
        });
  }

  @Override
  public Future<Void> tag(RepositoryName name, Tag tag, Digest digest, Durability durability) {
    var key = new TagKey(name, tag);
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            writeLink(layout.tagIndex(name, tag, digest), digest, durability);
            writeLink(layout.tagLink(name, tag), digest, durability);
            tags.put(key, digest);
          }
          return null;
        });
  }

  @Override
  public Future<Boolean> untag(RepositoryName name, Tag tag) {
    var key = new TagKey(name, tag);
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            var deleted = Files.deleteIfExists(layout.tagLink(name, tag));
            tags.invalidate(key);
            Trees.delete(layout.tag(name, tag));
            return deleted;
          }
        });
  }

  @Override
  public Future<Boolean> exists(RepositoryName name) {
    return disk.run(
        () ->
            Files.isDirectory(layout.repository(name).resolve("_manifests"))
                || Files.isDirectory(layout.repository(name).resolve("_layers")));
  }

  @Override
  public Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    return disk.run(
        () -> {
          var found = new TreeSet<String>();
          try (var entries = Files.newDirectoryStream(layout.tags(name))) {
            for (var entry : entries) {
              var tag = entry.getFileName().toString();
              if (Tag.isValid(tag) && (last == null || tag.compareTo(last) > 0)) {
                found.add(tag);
                if (found.size() > limit) {
                  found.pollLast();
                }
              }
            }
          } catch (NoSuchFileException e) {
            return List.of();
          }
          return List.copyOf(found);
        });
  }

  @Override
  public Future<List<String>> repositories(@Nullable String last, int limit) {
    return disk.run(
        () -> {
          var found = new TreeSet<>(BY_PATH);
          var root = layout.repositories();
          if (!Files.isDirectory(root)) {
            return List.of();
          }
          Files.walkFileTree(
              root,
              new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes a) {
                  var own = directory.getFileName().toString();
                  if (!own.startsWith("_")) {
                    return FileVisitResult.CONTINUE;
                  }
                  var name = root.relativize(directory.getParent()).toString();
                  if (own.equals("_manifests")
                      && RepositoryName.isValid(name)
                      && (last == null || BY_PATH.compare(name, last) > 0)) {
                    found.add(name);
                    if (found.size() > limit) {
                      found.pollLast();
                    }
                  }
                  return FileVisitResult.SKIP_SUBTREE;
                }

                @Override
                public FileVisitResult visitFileFailed(Path file, IOException e) {
                  return FileVisitResult.CONTINUE;
                }
              });
          return List.copyOf(found);
        });
  }

  private void writeLink(Path link, Digest digest, Durability durability) throws IOException {
    var temporary = layout.temporary().resolve(UUID.randomUUID().toString());
    var content = ByteBuffer.wrap(digest.toString().getBytes(StandardCharsets.UTF_8));
    switch (durability) {
      case SYNCED -> Durable.write(temporary, link, content);
      case CACHED -> Durable.writeLoosely(temporary, link, content);
    }
  }

  /** What a link says; null if there is none or, after a power loss, nothing in it. */
  private static @Nullable Digest readLink(Path link) throws IOException {
    try {
      return Digest.parse(Files.readString(link, StandardCharsets.ISO_8859_1).strip());
    } catch (NoSuchFileException e) {
      return null;
    } catch (RegistryException e) {
      LOG.warn("{} holds no digest and counts as absent", link);
      return null;
    }
  }
}
