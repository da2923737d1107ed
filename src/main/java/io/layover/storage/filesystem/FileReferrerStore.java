package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.layover.storage.ReferrerStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A small file per referrer, in a directory per subject. */
public final class FileReferrerStore implements ReferrerStore {
  /** More bytes than this are not read at a time. */
  private static final int ENOUGH = 1 << 20;

  private final Layout layout;
  private final Disk disk;
  private final SortedNames<Path> names =
      new SortedNames<>(Trees::names, Comparator.naturalOrder());

  public FileReferrerStore(Layout layout, Disk disk) {
    this.layout = layout;
    this.disk = disk;
  }

  /** Sorts as the digest does. */
  private static String fileName(Digest referrer) {
    return referrer.algorithm() + "-" + referrer.hex();
  }

  @Override
  public Future<Void> add(
      RepositoryName name, Digest subject, Digest referrer, JsonObject descriptor) {
    return disk.run(
        () -> {
          var directory = layout.referrers(name, subject);
          var file = directory.resolve(fileName(referrer));
          names.change(
              directory,
              loaded -> {
                // What a manifest says of itself never changes.
                if (!Files.exists(file)) {
                  Durable.writeLoosely(
                      layout.temporary().resolve(UUID.randomUUID().toString()),
                      file,
                      ByteBuffer.wrap(descriptor.toBuffer().getBytes()));
                }
                loaded.add(fileName(referrer));
              });
          return null;
        });
  }

  @Override
  public Future<Void> remove(RepositoryName name, Digest subject, Digest referrer) {
    return disk.run(
        () -> {
          var directory = layout.referrers(name, subject);
          names.change(
              directory,
              loaded -> {
                Files.deleteIfExists(directory.resolve(fileName(referrer)));
                loaded.remove(fileName(referrer));
              });
          return null;
        });
  }

  @Override
  public Future<List<JsonObject>> list(
      RepositoryName name, Digest subject, @Nullable Digest last, int limit) {
    return disk.run(
        () -> {
          var directory = layout.referrers(name, subject);
          var found = new ArrayList<JsonObject>();
          var bytes = 0;
          for (var file : names.after(directory, last == null ? null : fileName(last), limit)) {
            var descriptor = Buffer.buffer(Files.readAllBytes(directory.resolve(file)));
            found.add(new JsonObject(descriptor));
            bytes += descriptor.length();
            if (bytes > ENOUGH) {
              break;
            }
          }
          return found;
        });
  }

  @Override
  public Future<Boolean> isComplete(RepositoryName name) {
    return disk.run(() -> Files.exists(layout.referrersComplete(name)));
  }

  @Override
  public Future<Void> setComplete(RepositoryName name) {
    return disk.run(
        () -> {
          Durable.writeLoosely(
              layout.temporary().resolve(UUID.randomUUID().toString()),
              layout.referrersComplete(name),
              ByteBuffer.allocate(0));
          return null;
        });
  }

  @Override
  public Future<@Nullable Buffer> kept(RepositoryName name, Digest subject) {
    return disk.run(
        () -> {
          try {
            return Buffer.buffer(Files.readAllBytes(layout.referrersSaid(name, subject)));
          } catch (NoSuchFileException e) {
            return null;
          }
        });
  }

  @Override
  public Future<Void> keep(RepositoryName name, Digest subject, @Nullable Buffer document) {
    return disk.run(
        () -> {
          var file = layout.referrersSaid(name, subject);
          if (document == null) {
            Files.deleteIfExists(file);
          } else {
            Durable.writeLoosely(
                layout.temporary().resolve(UUID.randomUUID().toString()),
                file,
                ByteBuffer.wrap(document.getBytes()));
          }
          return null;
        });
  }
}
