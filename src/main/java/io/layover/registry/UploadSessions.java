package io.layover.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Spool;
import io.layover.storage.UploadStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Blobs that are being pushed. A session's bytes are on disk and outlive a restart; only the hash
 * of what has arrived is kept in memory, and computed again where it is lost.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-blobs">distribution-spec,
 *     Pushing blobs</a>
 */
public final class UploadSessions {
  private static final String DEFAULT_ALGORITHM = "sha256";

  private final UploadStore uploads;
  private final BlobStore blobs;
  private final RepositoryStore repositories;
  private final Disk disk;
  private final Set<UUID> busy = ConcurrentHashMap.newKeySet();
  private final Cache<UUID, Spool.Checkpoint> checkpoints =
      Caffeine.newBuilder().maximumSize(4096).expireAfterAccess(Duration.ofHours(1)).build();

  public UploadSessions(
      UploadStore uploads, BlobStore blobs, RepositoryStore repositories, Disk disk) {
    this.uploads = uploads;
    this.blobs = blobs;
    this.repositories = repositories;
    this.disk = disk;
  }

  /**
   * Begins an upload.
   *
   * @param algorithm that the digest at its end will have, if the client says so
   */
  public Future<UUID> start(RepositoryName name, @Nullable String algorithm) {
    var id = UUID.randomUUID();
    var expected = algorithm == null ? DEFAULT_ALGORITHM : algorithm;
    checkpoints.put(id, new Spool.Checkpoint(expected, 0, Digest.hasher(expected)));
    return uploads.create(name, id).map(id);
  }

  /**
   * Makes a blob of another repository part of this one.
   *
   * @return false if it has to be uploaded after all
   */
  public Future<Boolean> mount(RepositoryName name, Digest digest, RepositoryName from) {
    return repositories
        .isLinked(from, Kind.LAYER, digest)
        .compose(linked -> linked ? blobs.size(digest) : Future.succeededFuture())
        .compose(
            size ->
                size == null
                    ? Future.succeededFuture(false)
                    : repositories.link(name, Kind.LAYER, digest, Durability.SYNCED).map(true));
  }

  /** As {@link #mount}, from whichever repository has the blob. */
  public Future<Boolean> mountFromAny(RepositoryName name, Digest digest) {
    // Without the look at the blob, every absent one would cost a search.
    return blobs
        .size(digest)
        .compose(
            size ->
                size == null
                    ? Future.<@Nullable RepositoryName>succeededFuture()
                    : repositories.holder(Kind.LAYER, digest))
        .compose(from -> from == null ? Future.succeededFuture(false) : mount(name, digest, from));
  }

  /** The number of bytes that have arrived, or {@code BLOB_UPLOAD_UNKNOWN}. */
  public Future<Long> size(RepositoryName name, UUID id) {
    return find(name, id).compose(file -> disk.run(() -> Files.size(file)));
  }

  /**
   * Appends a chunk.
   *
   * @param start the offset the client believes to be at; absent if it does not say
   * @return the number of bytes that have arrived in all
   */
  public Future<Long> append(
      RepositoryName name, UUID id, @Nullable Long start, ReadStream<Buffer> body) {
    return exclusively(id, () -> find(name, id).compose(file -> append(id, file, start, body)));
  }

  /**
   * Ends an upload: what has arrived, with {@code body} as its last chunk, becomes the blob {@code
   * digest} of the repository. When the future completes, the blob survives power loss. If the
   * bytes have another digest, the upload is discarded.
   */
  public Future<Void> finish(
      RepositoryName name, UUID id, Digest digest, @Nullable Long start, ReadStream<Buffer> body) {
    return exclusively(
        id,
        () ->
            find(name, id)
                .compose(
                    file ->
                        append(id, file, start, body)
                            .compose(size -> verify(name, id, file, digest))
                            .compose(v -> blobs.publish(digest, file))
                            .compose(
                                v -> repositories.link(name, Kind.LAYER, digest, Durability.SYNCED))
                            .compose(v -> discard(name, id))));
  }

  /** Forgets an upload. */
  public Future<Void> cancel(RepositoryName name, UUID id) {
    return exclusively(id, () -> find(name, id).compose(file -> discard(name, id)));
  }

  private Future<Long> append(UUID id, Path file, @Nullable Long start, ReadStream<Buffer> body) {
    var known = checkpoints.getIfPresent(id);
    return withSpool(
        id,
        file,
        known == null ? DEFAULT_ALGORITHM : known.algorithm(),
        spool -> {
          if (start != null && start != spool.size()) {
            return Future.failedFuture(
                new RegistryException(
                    ErrorCode.RANGE_INVALID,
                    "the chunk starts at %d, but %d bytes have arrived"
                        .formatted(start, spool.size())));
          }
          return spool
              .append(body, Long.MAX_VALUE)
              .eventually(
                  () -> {
                    checkpoints.put(id, spool.checkpoint());
                    return Future.succeededFuture();
                  })
              .map(v -> spool.size());
        });
  }

  private Future<Void> verify(RepositoryName name, UUID id, Path file, Digest expected) {
    return withSpool(
            id, file, expected.algorithm(), spool -> Future.succeededFuture(spool.digest()))
        .compose(
            actual ->
                actual.equals(expected)
                    ? Future.succeededFuture()
                    : discard(name, id)
                        .transform(
                            v ->
                                Future.failedFuture(
                                    new RegistryException(
                                        ErrorCode.DIGEST_INVALID,
                                        "what was uploaded has the digest " + actual,
                                        expected.toString()))));
  }

  private <T> Future<T> withSpool(
      UUID id, Path file, String algorithm, Function<Spool, Future<T>> use) {
    return Spool.reopen(disk, file, algorithm, checkpoints.getIfPresent(id), 0)
        .compose(
            spool ->
                use.apply(spool)
                    .eventually(
                        () -> {
                          spool.close();
                          return Future.succeededFuture();
                        }));
  }

  private Future<Void> discard(RepositoryName name, UUID id) {
    checkpoints.invalidate(id);
    return uploads.delete(name, id);
  }

  private Future<Path> find(RepositoryName name, UUID id) {
    return uploads
        .find(name, id)
        .compose(
            file ->
                file == null
                    ? Future.failedFuture(
                        new RegistryException(
                            ErrorCode.BLOB_UPLOAD_UNKNOWN,
                            "there is no such upload in " + name,
                            id.toString()))
                    : Future.succeededFuture(file));
  }

  /** One request at a time writes to an upload. */
  private <T> Future<T> exclusively(UUID id, java.util.function.Supplier<Future<T>> action) {
    if (!busy.add(id)) {
      return Future.failedFuture(
          new RegistryException(
              ErrorCode.RANGE_INVALID,
              "another request is writing to this upload; ask for its state and go on from there",
              id.toString()));
    }
    return action
        .get()
        .eventually(
            () -> {
              busy.remove(id);
              return Future.succeededFuture();
            });
  }
}
