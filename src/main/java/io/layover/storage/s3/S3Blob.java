package io.layover.storage.s3;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Located;
import io.layover.storage.s3.Bucket.Head;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import org.jspecify.annotations.Nullable;

/** A blob in a bucket: known, and read only when its bytes are wanted. */
final class S3Blob implements Located {
  private final Digest digest;
  private final Head head;
  private final String key;
  private final Bucket bucket;
  private final S3BlobStore store;
  private boolean wanted;
  private boolean closed;
  private @Nullable Prepared prepared;

  private record Prepared(long offset, long end, Download download) {}

  /**
   * @param store is told when it is closed, or found to be gone
   */
  S3Blob(Digest digest, Head head, String key, Bucket bucket, S3BlobStore store) {
    this.digest = digest;
    this.head = head;
    this.key = key;
    this.bucket = bucket;
    this.store = store;
  }

  @Override
  public Digest digest() {
    return digest;
  }

  @Override
  public long size() {
    return head.size();
  }

  @Override
  public @Nullable String location() {
    wanted = true;
    return store.location(key);
  }

  @Override
  public Future<Void> prepare(long offset, long length) {
    wanted = true;
    drop();
    var end = length < 0 ? head.size() : offset + length;
    var download = new Download(bucket, key, head, offset, end);
    prepared = new Prepared(offset, end, download);
    return download
        .begin()
        .recover(
            e -> {
              if (!S3Failure.isAbsent(e) && !S3Failure.isCondition(e)) {
                return Future.failedFuture(e);
              }
              store.gone(digest);
              return Future.failedFuture(
                  new RegistryException(
                      ErrorCode.BLOB_UNKNOWN, "the blob was deleted", digest.toString(), e));
            });
  }

  @Override
  public Future<Void> writeTo(WriteStream<Buffer> sink, long offset, long length) {
    var end = length < 0 ? head.size() : offset + length;
    var ready = prepared;
    if (ready == null || ready.offset != offset || ready.end != end) {
      return prepare(offset, length).compose(v -> write(sink));
    }
    return write(sink);
  }

  private Future<Void> write(WriteStream<Buffer> sink) {
    var ready = prepared;
    prepared = null;
    return ready == null
        ? Future.failedFuture(new IllegalStateException("the blob is closed"))
        : ready.download.writeTo(sink);
  }

  @Override
  public void close() {
    drop();
    if (!closed) {
      closed = true;
      store.closed(digest, head, wanted);
    }
  }

  /** Gives up what was begun and not written. */
  private void drop() {
    var unread = prepared;
    prepared = null;
    if (unread != null) {
      unread.download.cancel();
    }
  }
}
