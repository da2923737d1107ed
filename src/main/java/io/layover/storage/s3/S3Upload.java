package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Spool;
import io.layover.storage.Upload;
import io.layover.storage.s3.S3UploadStore.Stored;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.nio.file.Files;
import java.util.UUID;

/** An upload whose bytes are in a bucket, as parts of an object that is not complete. */
final class S3Upload implements Upload {
  static final String DEFAULT_ALGORITHM = "sha256";

  private final S3UploadStore store;
  private final UUID id;
  private final String folder;
  private Stored stored;

  S3Upload(S3UploadStore store, UUID id, String folder, Stored stored) {
    this.store = store;
    this.id = id;
    this.folder = folder;
    this.stored = stored;
  }

  @Override
  public long size() {
    return stored.size();
  }

  @Override
  public Future<Long> append(ReadStream<Buffer> body) {
    return new S3Append(store, id, folder + "data", stored)
        .take(body)
        .onSuccess(after -> stored = after)
        .map(Stored::size);
  }

  @Override
  public Future<Void> finish(Digest digest, ReadStream<Buffer> body) {
    if (stored.size() == 0) {
      return receive(digest, body);
    }
    return append(body)
        .compose(size -> new S3Finish(store, id, folder + "data", stored).digest(digest))
        .compose(actual -> require(digest, actual))
        .compose(v -> new S3Finish(store, id, folder + "data", stored).publish(digest));
  }

  private Future<Void> require(Digest digest, Digest actual) {
    return actual.equals(digest)
        ? Future.succeededFuture()
        : delete()
            .transform(
                v ->
                    Future.failedFuture(
                        new RegistryException(
                            ErrorCode.DIGEST_INVALID,
                            "what was uploaded has the digest " + actual,
                            digest.toString())));
  }

  /** The whole blob comes at once and its digest is known: it goes to where it will be. */
  private Future<Void> receive(Digest digest, ReadStream<Buffer> body) {
    var disk = store.bucket().disk();
    return Spool.create(disk, store.newFile(), digest.algorithm(), 0)
        .compose(
            spool -> {
              var ingest = store.blobs().ingest(digest, spool);
              return spool
                  .append(body, Long.MAX_VALUE)
                  .compose(v -> require(digest, spool.digest()))
                  .compose(v -> ingest.commit())
                  .recover(e -> ingest.abandon().transform(v -> Future.failedFuture(e)))
                  .eventually(
                      () -> {
                        spool.close();
                        return disk.run(() -> Files.deleteIfExists(spool.file()));
                      });
            });
  }

  @Override
  public Future<Void> delete() {
    return store.delete(id, folder);
  }
}
