package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.storage.Blob;
import io.layover.storage.BlobStore;
import io.layover.storage.Ingest;
import io.layover.storage.Spool;
import io.layover.storage.s3.Bucket.Head;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Blobs in a bucket. What is known of hot blobs is remembered, and small ones are near. */
final class S3BlobStore implements BlobStore {
  /** What {@link #read} takes into memory: any manifest, and never a layer. */
  private static final long LARGEST_READ = 2L * Manifest.LARGEST;

  private final Bucket bucket;
  private final Layout layout;
  private final Parts sizes;
  private final ReadCache near;
  private final @Nullable Presigner presigner;
  private final @Nullable Claims claims;
  private final Remembered<Digest, Head> heads;

  /** How many read a blob here. */
  private final ConcurrentHashMap<Digest, Integer> readers = new ConcurrentHashMap<>();

  /**
   * @param presigner absent: clients are not sent to S3
   * @param claims absent: nothing is evicted that may have been pushed
   * @param remembered how many blobs are remembered
   * @param trusted how long a blob is believed to be there without asking
   */
  S3BlobStore(
      Bucket bucket,
      Layout layout,
      Parts sizes,
      ReadCache near,
      @Nullable Presigner presigner,
      @Nullable Claims claims,
      int remembered,
      Duration trusted) {
    this.bucket = bucket;
    this.layout = layout;
    this.sizes = sizes;
    this.near = near;
    this.presigner = presigner;
    this.claims = claims;
    this.heads =
        new Remembered<>(Caffeine.newBuilder().maximumSize(remembered).expireAfterWrite(trusted));
  }

  @Override
  public Future<@Nullable Blob> open(Digest digest) {
    return head(digest)
        .compose(
            head -> {
              if (head == null) {
                return Future.succeededFuture();
              }
              return near.open(digest, head.size(), () -> fetch(digest))
                  .map(copy -> copy == null ? remote(digest, head) : copy);
            });
  }

  private Blob remote(Digest digest, Head head) {
    readers.merge(digest, 1, Integer::sum);
    return new S3Blob(digest, head, layout.blob(digest), bucket, this);
  }

  /** Where a client may read an object by itself; null if it is not sent there. */
  @Nullable String location(String key) {
    return presigner == null ? null : presigner.sign(key);
  }

  /** A reader found that the blob is not there any more. */
  void gone(Digest digest) {
    heads.forget(digest);
  }

  /**
   * A reader has left.
   *
   * @param wanted whether it wanted the bytes, as others may then
   */
  void closed(Digest digest, Head head, boolean wanted) {
    readers.computeIfPresent(digest, (key, count) -> count == 1 ? null : count - 1);
    if (wanted) {
      near.copy(
          digest, head.size(), sink -> Download.whole(bucket, layout.blob(digest), head, sink));
    }
  }

  private Future<@Nullable Head> head(Digest digest) {
    return heads.get(digest, () -> bucket.head(layout.blob(digest)));
  }

  @Override
  public Future<@Nullable Long> size(Digest digest) {
    return head(digest).map(head -> head == null ? null : head.size());
  }

  @Override
  public Future<@Nullable Buffer> read(Digest digest) {
    return near.read(digest)
        .compose(copy -> copy != null ? Future.succeededFuture(copy) : fetchAndKeep(digest));
  }

  private Future<@Nullable Buffer> fetchAndKeep(Digest digest) {
    return fetch(digest)
        .compose(
            content ->
                content == null
                    ? Future.<@Nullable Buffer>succeededFuture()
                    : near.offer(digest, content).<@Nullable Buffer>map(content));
  }

  /** What S3 has, which must be what it should be. */
  private Future<@Nullable Buffer> fetch(Digest digest) {
    return bucket
        .read(layout.blob(digest), LARGEST_READ)
        .compose(
            whole -> {
              if (whole == null) {
                return Future.succeededFuture();
              }
              var content = whole.content();
              var actual =
                  Digest.of(digest.algorithm(), digest.hasher().digest(content.getBytes()));
              return actual.equals(digest)
                  ? Future.succeededFuture(content)
                  : Future.failedFuture(
                      new IOException("what S3 has under " + digest + " is " + actual));
            });
  }

  @Override
  public Future<Void> publish(Digest digest, Path file) {
    return bucket
        .disk()
        .run(() -> FileChannel.open(file, StandardOpenOption.READ))
        .compose(
            channel ->
                bucket
                    .disk()
                    .run(channel::size)
                    .compose(
                        size -> {
                          var parts = parts(digest, channel);
                          return commit(digest, file, channel, size, parts);
                        })
                    .eventually(
                        () ->
                            bucket
                                .disk()
                                .run(
                                    () -> {
                                      channel.close();
                                      return null;
                                    })));
  }

  private PartsWriter parts(Digest digest, FileChannel channel) {
    return new PartsWriter(
        bucket, channel, sizes.size(), 0, 1, () -> Multipart.create(bucket, layout.blob(digest)));
  }

  @Override
  public Ingest ingest(Digest digest, Spool spool) {
    spool.passing();
    return new S3Ingest(this, digest, spool, parts(digest, spool.channel()));
  }

  /** Makes the whole file the blob, of which some parts may have been sent. */
  Future<Void> commit(Digest digest, Path file, FileChannel channel, long size, PartsWriter parts) {
    Future<Void> stored =
        parts.isBegun()
            ? heads.change(digest, () -> complete(size, parts), head -> head).mapEmpty()
            : store(
                digest,
                size,
                key ->
                    size <= sizes.size()
                        ? bucket.write(key, new FileBody(bucket.disk(), channel, 0, size))
                        : complete(size, parts));
    return stored.compose(v -> bucket.disk().run(() -> Files.deleteIfExists(file))).mapEmpty();
  }

  /**
   * Stores a blob that is known to be right, unless it is there.
   *
   * @param write puts it under the key that it is given
   */
  Future<Void> store(Digest digest, long size, Function<String, Future<Head>> write) {
    var key = layout.blob(digest);
    return heads
        .change(
            digest,
            () ->
                bucket
                    .head(key)
                    .compose(
                        there ->
                            there != null && there.size() == size
                                ? Future.succeededFuture(there)
                                : write.apply(key)),
            head -> head)
        .mapEmpty();
  }

  private Future<Head> complete(long size, PartsWriter parts) {
    return parts
        .finish(size)
        .compose(all -> parts.target().compose(multipart -> multipart.complete(all)))
        .recover(e -> abort(parts).transform(v -> Future.failedFuture(e)));
  }

  /** Forgets parts that were sent, once none is on its way any more. */
  static Future<Void> abort(PartsWriter parts) {
    return parts
        .stop()
        .compose(multipart -> multipart == null ? Future.succeededFuture() : multipart.abort());
  }

  @Override
  public Future<Void> put(Digest digest, Buffer content) {
    return heads
        .change(digest, () -> bucket.write(layout.blob(digest), content), head -> head)
        .mapEmpty();
  }

  @Override
  public Future<Boolean> delete(Digest digest) {
    var key = layout.blob(digest);
    return heads
        .change(
            digest,
            () ->
                bucket
                    .head(key)
                    .compose(
                        head ->
                            head == null
                                ? Future.succeededFuture(false)
                                : bucket.delete(key).map(true)),
            deleted -> null)
        .compose(deleted -> near.forget(digest).map(deleted));
  }

  /** Who reads it through another process has its bytes on the way, or is told that it is gone. */
  @Override
  public Future<Boolean> evict(Digest digest) {
    if (readers.containsKey(digest)) {
      return Future.succeededFuture(false);
    }
    return near.evict(digest)
        .compose(unread -> unread ? evictUnread(digest) : Future.succeededFuture(false));
  }

  private Future<Boolean> evictUnread(Digest digest) {
    return claims == null ? delete(digest).map(true) : claims.evict(digest, () -> delete(digest));
  }

  @Override
  public Future<Void> each(Visitor visitor) {
    return new Listing(bucket)
        .each(
            layout.blobs(),
            (key, size, written) -> {
              var digest = Layout.parseBlob(key);
              if (digest != null) {
                visitor.blob(digest, size, written);
              }
            });
  }
}
