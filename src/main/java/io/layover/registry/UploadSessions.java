package io.layover.registry;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.storage.BlobStore;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Upload;
import io.layover.storage.UploadStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Blobs that are being pushed: who may write to an upload, and what becomes of it.
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
  private final Set<UUID> busy = ConcurrentHashMap.newKeySet();
  private final OpenUploads open = new OpenUploads();

  public UploadSessions(UploadStore uploads, BlobStore blobs, RepositoryStore repositories) {
    this.uploads = uploads;
    this.blobs = blobs;
    this.repositories = repositories;
  }

  /**
   * Begins an upload.
   *
   * @param algorithm that the digest at its end will have, if the client says so
   */
  public Future<UUID> start(RepositoryName name, @Nullable String algorithm) {
    var id = UUID.randomUUID();
    return uploads
        .create(name, id, algorithm == null ? DEFAULT_ALGORITHM : algorithm)
        .onSuccess(v -> open.touched(id))
        .map(id);
  }

  /** How many were begun or gone on with here in the last days and have not ended. */
  public long open() {
    return open.count();
  }

  /**
   * Makes a blob of another repository part of this one.
   *
   * @return false if it has to be uploaded after all
   */
  public Future<Boolean> mount(RepositoryName name, Digest digest, RepositoryName from) {
    return blobs.keeping(
        digest,
        () ->
            repositories
                .isLinked(from, Kind.LAYER, digest)
                .compose(linked -> linked ? blobs.size(digest) : Future.succeededFuture())
                .compose(
                    size ->
                        size == null
                            ? Future.succeededFuture(false)
                            : repositories
                                .link(name, Kind.LAYER, digest, Durability.SYNCED)
                                .map(true)));
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
    return find(name, id).map(Upload::size);
  }

  /**
   * Appends a chunk.
   *
   * @param start the offset the client believes to be at; absent if it does not say
   * @return the number of bytes that have arrived in all
   */
  public Future<Long> append(
      RepositoryName name, UUID id, @Nullable Long start, ReadStream<Buffer> body) {
    return exclusively(id, () -> find(name, id, start).compose(upload -> upload.append(body)));
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
                find(name, id, start)
                    .compose(
                        upload ->
                            blobs
                                .keeping(
                                    digest,
                                    () ->
                                        upload
                                            .finish(digest, body)
                                            .compose(
                                                v ->
                                                    repositories.link(
                                                        name,
                                                        Kind.LAYER,
                                                        digest,
                                                        Durability.SYNCED)))
                                .compose(v -> upload.delete())))
        .onSuccess(v -> open.ended(id))
        .onFailure(e -> discarded(id, e));
  }

  private void discarded(UUID id, Throwable e) {
    if (e instanceof RegistryException refused && refused.code() == ErrorCode.DIGEST_INVALID) {
      open.ended(id);
    }
  }

  /** Forgets an upload. */
  public Future<Void> cancel(RepositoryName name, UUID id) {
    return exclusively(id, () -> find(name, id).compose(Upload::delete))
        .onSuccess(v -> open.ended(id));
  }

  /** The upload, which must have got as far as the client believes. */
  private Future<Upload> find(RepositoryName name, UUID id, @Nullable Long start) {
    return find(name, id)
        .compose(
            upload ->
                start == null || start == upload.size()
                    ? Future.succeededFuture(upload)
                    : Future.failedFuture(
                        new RegistryException(
                            ErrorCode.RANGE_INVALID,
                            "the chunk starts at %d, but %d bytes have arrived"
                                .formatted(start, upload.size()))));
  }

  private Future<Upload> find(RepositoryName name, UUID id) {
    return uploads
        .find(name, id)
        .onSuccess(upload -> seen(id, upload))
        .compose(
            upload ->
                upload == null
                    ? Future.failedFuture(
                        new RegistryException(
                            ErrorCode.BLOB_UPLOAD_UNKNOWN,
                            "there is no such upload in " + name,
                            id.toString()))
                    : Future.succeededFuture(upload));
  }

  private void seen(UUID id, @Nullable Upload upload) {
    if (upload == null) {
      open.ended(id);
    } else {
      open.touched(id);
    }
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
