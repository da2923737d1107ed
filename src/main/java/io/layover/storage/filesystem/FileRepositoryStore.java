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
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Links and tags in small files. What was read once is remembered, within bounds. */
public final class FileRepositoryStore implements RepositoryStore {
  private static final Logger LOG = LoggerFactory.getLogger(FileRepositoryStore.class);
  private static final int LINKS = 50_000;
  private static final int TAGS = 20_000;

  private record LinkKey(RepositoryName name, Kind kind, Digest digest) {}

  private record TagKey(RepositoryName name, Tag tag) {}

  private final Layout layout;
  private final Disk disk;

  /** The links that are there, each with how sure it is to stay. */
  private final Cache<LinkKey, Durability> links =
      Caffeine.newBuilder().executor(Runnable::run).maximumSize(LINKS).build();

  private final Cache<TagKey, Digest> tags =
      Caffeine.newBuilder().executor(Runnable::run).maximumSize(TAGS).build();
  private final Locks locks = new Locks();
  private final SortedNames<RepositoryName> tagNames =
      new SortedNames<>(this::readTags, Comparator.naturalOrder());
  private final SortedNames<Layout> repositoryNames =
      new SortedNames<>(FileRepositoryStore::readRepositories, RepositoryName.BY_PATH);

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
              // Whoever wrote it may not have waited for the disk.
              links.asMap().putIfAbsent(key, Durability.CACHED);
            }
            return linked;
          }
        });
  }

  @Override
  public Future<Void> link(RepositoryName name, Kind kind, Digest digest, Durability durability) {
    var key = new LinkKey(name, kind, digest);
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            var known = links.getIfPresent(key);
            if ((known == Durability.SYNCED || known == durability)
                && refresh(layout.link(name, kind, digest))) {
              return null;
            }
            writeLink(layout.link(name, kind, digest), digest, durability);
            links.put(key, durability);
          }
          if (kind == Kind.MANIFEST) {
            repositoryNames.change(layout, names -> names.add(name.value()));
          }
          return null;
        });
  }

  @Override
  public Future<Void> relink(RepositoryName name, Kind kind, Digest digest) {
    var key = new LinkKey(name, kind, digest);
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            var link = layout.link(name, kind, digest);
            // What was unlinked by a client of this server is remembered no more, and stays away.
            if (links.getIfPresent(key) != null && !refresh(link)) {
              writeLink(link, digest, Durability.SYNCED);
              links.put(key, Durability.SYNCED);
            }
          }
          return null;
        });
  }

  @Override
  public Future<Boolean> unlink(RepositoryName name, Kind kind, Digest digest) {
    var key = new LinkKey(name, kind, digest);
    return disk.run(
        () -> {
          synchronized (locks.of(key)) {
            links.invalidate(key);
            var link = layout.link(name, kind, digest);
            var deleted = Files.deleteIfExists(link);
            var directory = link.getParent();
            if (deleted && directory != null) {
              Trees.deleteIfEmpty(directory);
            }
            return deleted;
          }
        });
  }

  @Override
  public Future<@Nullable RepositoryName> holder(Kind kind, Digest digest) {
    return disk.run(
        () -> {
          var known =
              links.asMap().keySet().stream()
                  .filter(key -> key.kind == kind && key.digest.equals(digest))
                  .findAny();
          return known.isPresent() ? known.get().name : findHolder(kind, digest);
        });
  }

  private @Nullable RepositoryName findHolder(Kind kind, Digest digest) throws IOException {
    var found = new ArrayList<RepositoryName>(1);
    Walks.repositories(
        layout,
        text -> {
          var name = new RepositoryName(text);
          if (!digest.equals(readLink(layout.link(name, kind, digest)))) {
            return FileVisitResult.CONTINUE;
          }
          found.add(name);
          return FileVisitResult.TERMINATE;
        });
    return found.isEmpty() ? null : found.getFirst();
  }

  @Override
  public Future<List<Digest>> manifests(RepositoryName name) {
    return disk.run(
        () -> {
          var found = new ArrayList<Digest>();
          for (var algorithm : List.of("sha256", "sha512")) {
            for (var hex : Trees.names(layout.revisions(name).resolve(algorithm))) {
              try {
                found.add(Digest.parse(algorithm + ":" + hex));
              } catch (RegistryException e) {
                LOG.warn("{} has an entry that is no digest: {}", name, e.detail());
              }
            }
          }
          return found;
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
  public Future<@Nullable Instant> taggedAt(RepositoryName name, Tag tag) {
    return disk.run(
        () -> {
          try {
            return Files.getLastModifiedTime(layout.tagLink(name, tag)).toInstant();
          } catch (NoSuchFileException e) {
            return null;
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
            tagNames.change(
                name,
                names -> {
                  writeLink(layout.tagLink(name, tag), digest, durability);
                  names.add(tag.value());
                });
            tags.put(key, digest);
          }
          return null;
        });
  }

  @Override
  public Future<Boolean> untag(RepositoryName name, Tag tag) {
    return disk.run(() -> untag(new TagKey(name, tag), null));
  }

  @Override
  public Future<Void> untagAll(RepositoryName name, Digest digest) {
    return disk.run(
        () -> {
          // The index below a tag says what it has ever pointed at; few tags have this one.
          for (var text : Trees.names(layout.tags(name))) {
            if (Tag.isValid(text)) {
              var tag = new Tag(text);
              if (Files.exists(layout.tagIndex(name, tag, digest))) {
                untag(new TagKey(name, tag), digest);
              }
            }
          }
          return null;
        });
  }

  /** Removes a tag, if it points at {@code only} where that is given. */
  private boolean untag(TagKey key, @Nullable Digest only) throws IOException {
    synchronized (locks.of(key)) {
      var link = layout.tagLink(key.name, key.tag);
      var current = readLink(link);
      if (current == null || (only != null && !only.equals(current))) {
        return false;
      }
      tagNames.change(
          key.name,
          names -> {
            Files.deleteIfExists(link);
            names.remove(key.tag.value());
          });
      tags.invalidate(key);
      Trees.delete(layout.tag(key.name, key.tag));
      return true;
    }
  }

  @Override
  public Future<Boolean> exists(RepositoryName name) {
    return disk.run(
        () -> Files.isDirectory(layout.manifests(name)) || Files.isDirectory(layout.layers(name)));
  }

  @Override
  public Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    return disk.run(() -> tagNames.after(name, last, limit));
  }

  private List<String> readTags(RepositoryName name) throws IOException {
    return Trees.names(layout.tags(name)).stream()
        .filter(tag -> Tag.isValid(tag) && Files.exists(layout.tagLink(name, new Tag(tag))))
        .toList();
  }

  @Override
  public Future<List<String>> repositories(@Nullable String last, int limit) {
    return disk.run(() -> repositoryNames.after(layout, last, limit));
  }

  /** Repositories with manifests, as distribution's catalog has them. */
  private static List<String> readRepositories(Layout layout) throws IOException {
    var found = new ArrayList<String>();
    Walks.repositories(
        layout,
        name -> {
          if (Files.isDirectory(layout.manifests(new RepositoryName(name)))) {
            found.add(name);
          }
          return FileVisitResult.CONTINUE;
        });
    return found;
  }

  @Override
  public Future<Void> prune(RepositoryName name) {
    return disk.run(
        () -> {
          repositoryNames.change(
              layout,
              names -> {
                if (Trees.deleteEmpty(layout.manifests(name))) {
                  names.remove(name.value());
                }
              });
          Trees.deleteEmpty(layout.layers(name));
          return null;
        });
  }

  @Override
  public Future<Void> each(Visitor visitor) {
    return disk.run(
        () -> {
          Walks.links(layout, visitor);
          return null;
        });
  }

  /** Shows that a link is needed now; false if another process has removed it. */
  private static boolean refresh(Path link) throws IOException {
    try {
      Files.setLastModifiedTime(link, FileTime.from(Instant.now()));
      return true;
    } catch (FileSystemException e) {
      // It is gone, or belongs to another user.
      return Files.exists(link);
    }
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
