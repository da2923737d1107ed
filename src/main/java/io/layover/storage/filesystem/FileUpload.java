package io.layover.storage.filesystem;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Spool;
import io.layover.storage.Upload;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Path;
import java.util.UUID;
import java.util.function.Function;

/** An upload that is a file. */
final class FileUpload implements Upload {
  private static final String DEFAULT_ALGORITHM = "sha256";

  private final FileUploadStore store;
  private final UUID id;
  private final Path data;
  private final long size;

  FileUpload(FileUploadStore store, UUID id, Path data, long size) {
    this.store = store;
    this.id = id;
    this.data = data;
    this.size = size;
  }

  @Override
  public long size() {
    return size;
  }

  /** Its digest is likely to come next, and then waits for the disk to have all of it. */
  @Override
  public Future<Long> append(ReadStream<Buffer> body) {
    var known = store.checkpoint(id);
    return withSpool(
        known == null ? DEFAULT_ALGORITHM : known.algorithm(),
        spool ->
            take(body, spool)
                .eventually(
                    () -> {
                      spool.syncBehind();
                      return Future.succeededFuture();
                    })
                .map(v -> spool.size()));
  }

  private Future<Void> take(ReadStream<Buffer> body, Spool spool) {
    return spool
        .append(body, Long.MAX_VALUE)
        .eventually(
            () -> {
              store.setCheckpoint(id, spool.checkpoint());
              return Future.succeededFuture();
            });
  }

  @Override
  public Future<Void> finish(Digest digest, ReadStream<Buffer> body) {
    return withSpool(digest.algorithm(), spool -> take(body, spool).map(v -> spool.digest()))
        .compose(
            actual ->
                actual.equals(digest)
                    ? store.blobs().publish(digest, data)
                    : delete()
                        .transform(
                            v ->
                                Future.failedFuture(
                                    new RegistryException(
                                        ErrorCode.DIGEST_INVALID,
                                        "what was uploaded has the digest " + actual,
                                        digest.toString()))));
  }

  @Override
  public Future<Void> delete() {
    return store.delete(id, data);
  }

  private <T> Future<T> withSpool(String algorithm, Function<Spool, Future<T>> use) {
    return Spool.reopen(store.disk(), data, algorithm, store.checkpoint(id), 0)
        .compose(
            spool ->
                use.apply(spool)
                    .eventually(
                        () -> {
                          spool.close();
                          return Future.succeededFuture();
                        }));
  }
}
