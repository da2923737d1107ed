package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.storage.HashSink;
import io.layover.storage.Spool;
import io.layover.storage.s3.S3UploadStore.Stored;
import io.vertx.core.Future;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Makes a blob of an upload whose bytes are all there. */
final class S3Finish {
  private final S3UploadStore store;
  private final Bucket bucket;
  private final UUID id;
  private final String key;
  private final Stored stored;

  S3Finish(S3UploadStore store, UUID id, String key, Stored stored) {
    this.store = store;
    this.bucket = store.bucket();
    this.id = id;
    this.key = key;
    this.stored = stored;
  }

  /** The digest of the bytes, which are read where this process did not receive them all. */
  Future<Digest> digest(Digest like) {
    var received = store.received(id, stored);
    if (received != null && received.isWhole()) {
      return Spool.reopen(
              bucket.disk(), received.file(), like.algorithm(), received.checkpoint(), 0)
          .map(
              spool -> {
                var digest = spool.digest();
                spool.close();
                return digest;
              });
    }
    return complete().compose(head -> hash(head, like.algorithm()));
  }

  private Future<Digest> hash(Bucket.Head head, String algorithm) {
    var sink = new HashSink(bucket.disk(), Digest.hasher(algorithm), null);
    return Download.whole(bucket, key, head, sink).compose(v -> sink.digest(algorithm));
  }

  /** The upload as one object, which it may be already. */
  private Future<Bucket.Head> complete() {
    var multipart = stored.multipart();
    if (multipart != null && !stored.parts().isEmpty()) {
      return multipart
          .complete(stored.parts())
          // Done already, while its digest was looked for.
          .recover(e -> S3Failure.isAbsent(e) ? existing() : Future.failedFuture(e));
    }
    return existing();
  }

  private Future<Bucket.Head> existing() {
    return bucket
        .head(key)
        .compose(
            head ->
                head != null && head.size() == stored.size()
                    ? Future.succeededFuture(head)
                    : Future.failedFuture(
                        new IllegalStateException("the upload is not what it was")));
  }

  /** Puts the bytes, which are known to be right, where the blob belongs. */
  Future<Void> publish(Digest digest) {
    var received = store.received(id, stored);
    return received != null && received.isWhole() && stored.size() <= store.sizes().size()
        ? store.blobs().store(digest, stored.size(), to -> send(received, to))
        : store
            .blobs()
            .store(
                digest,
                stored.size(),
                to ->
                    complete()
                        .compose(
                            head ->
                                new ServerCopy(bucket, store.sizes()).copy(key, head.size(), to)));
  }

  /** A small one is sent at once, which is one request instead of two. */
  private Future<Bucket.Head> send(Received received, String to) {
    var disk = bucket.disk();
    return disk.run(() -> FileChannel.open(received.file(), StandardOpenOption.READ))
        .compose(
            channel ->
                bucket
                    .write(to, new FileBody(disk, channel, 0, stored.size()))
                    .eventually(
                        () ->
                            disk.run(
                                () -> {
                                  channel.close();
                                  return null;
                                })));
  }
}
