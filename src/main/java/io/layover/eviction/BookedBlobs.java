package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.Ingest;
import io.layover.storage.Spool;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store of blobs whose changes stand in the books. */
final class BookedBlobs implements BlobStore {
  private final BlobStore blobs;
  private final Books books;
  private final Choice choice;
  private final Evictor evictor;
  private final Disk disk;

  BookedBlobs(BlobStore blobs, Books books, Choice choice, Evictor evictor, Disk disk) {
    this.blobs = blobs;
    this.books = books;
    this.choice = choice;
    this.evictor = evictor;
    this.disk = disk;
  }

  @Override
  public Future<@Nullable Blob> open(Digest digest) {
    return blobs.open(digest);
  }

  @Override
  public Future<@Nullable Long> size(Digest digest) {
    return blobs.size(digest);
  }

  @Override
  public Future<Boolean> isStored(Digest digest) {
    return blobs.isStored(digest);
  }

  @Override
  public Future<@Nullable Buffer> read(Digest digest) {
    return blobs.read(digest);
  }

  @Override
  public Future<Void> publish(Digest digest, Path file) {
    return keeping(
        digest,
        () ->
            disk.run(() -> Files.size(file))
                .compose(
                    size ->
                        blobs.publish(digest, file).onSuccess(v -> books.stored(digest, size))));
  }

  @Override
  public Ingest ingest(Digest digest, Spool spool) {
    return new BookedIngest(blobs.ingest(digest, spool), digest, spool, books, choice, evictor);
  }

  @Override
  public Future<Void> put(Digest digest, Buffer content) {
    return keeping(
        digest,
        () -> blobs.put(digest, content).onSuccess(v -> books.stored(digest, content.length())));
  }

  @Override
  public Future<Boolean> delete(Digest digest) {
    return blobs.delete(digest).onSuccess(deleted -> books.deleted(digest));
  }

  @Override
  public Future<Boolean> evict(Digest digest) {
    return blobs
        .evict(digest)
        .onSuccess(
            free -> {
              if (free) {
                books.deleted(digest);
              }
            });
  }

  @Override
  public <T> Future<T> keeping(Digest digest, Supplier<Future<T>> action) {
    return books.keeping(digest, action);
  }

  @Override
  public Future<Void> each(Visitor visitor) {
    return blobs.each(visitor);
  }
}
