package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.layover.oci.RepositoryName;
import io.layover.storage.Upload;
import io.layover.storage.UploadStore;
import io.layover.storage.s3.Multipart.Part;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Uploads as distribution keeps its own in a bucket: as parts of an object that is not complete. So
 * any replica, and either program, goes on with them. What this process has received itself is also
 * on its disk, and its hash in memory, which saves reading it back.
 */
final class S3UploadStore implements UploadStore {
  private final Bucket bucket;
  private final Layout layout;
  private final Parts sizes;
  private final S3BlobStore blobs;
  private final @Nullable Claims claims;
  private final Path directory;
  private final Listing listing;
  private final AtomicLong files = new AtomicLong();
  private final Cache<UUID, Received> received =
      Caffeine.newBuilder()
          .maximumSize(4096)
          .expireAfterAccess(Duration.ofHours(1))
          .removalListener(
              (@Nullable UUID id, @Nullable Received one, RemovalCause cause) -> remove(one, cause))
          .build();

  /**
   * @param claims absent: none are made
   * @param directory for the bytes of uploads, which is there
   */
  S3UploadStore(
      Bucket bucket,
      Layout layout,
      Parts sizes,
      S3BlobStore blobs,
      @Nullable Claims claims,
      Path directory) {
    this.bucket = bucket;
    this.layout = layout;
    this.sizes = sizes;
    this.blobs = blobs;
    this.claims = claims;
    this.directory = directory;
    this.listing = new Listing(bucket);
  }

  private void remove(@Nullable Received one, RemovalCause cause) {
    if (one != null && cause != RemovalCause.REPLACED) {
      bucket.disk().run(() -> Files.deleteIfExists(one.file()));
    }
  }

  @Override
  public Future<Void> create(RepositoryName name, UUID id, String algorithm) {
    received.put(id, Received.from(newFile(), 0, algorithm));
    var now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
    return bucket
        .write(layout.upload(name, id.toString()) + "startedat", Buffer.buffer(now))
        .mapEmpty();
  }

  /** A file for bytes of an upload, which nobody has used before. */
  Path newFile() {
    return directory.resolve(files.incrementAndGet() + ".upload");
  }

  @Override
  public Future<@Nullable Upload> find(RepositoryName name, UUID id) {
    var folder = layout.upload(name, id.toString());
    var data = folder + "data";
    var objects = listing.keys(folder, null, 1);
    var multiparts = Multipart.open(bucket, data);
    return Future.all(objects, multiparts)
        .compose(
            v -> {
              // S3 may have several of one key; the last one goes on.
              var last =
                  multiparts.result().stream()
                      .filter(one -> one.key().equals(data))
                      .max(Comparator.comparing(Multipart::begun))
                      .orElse(null);
              if (last == null && objects.result().isEmpty()) {
                return Future.succeededFuture();
              }
              return parts(last).compose(parts -> find(id, folder, last, parts));
            });
  }

  private static Future<@Nullable List<Part>> parts(@Nullable Multipart multipart) {
    return multipart == null ? Future.succeededFuture() : multipart.parts();
  }

  private Future<@Nullable Upload> find(
      UUID id, String folder, @Nullable Multipart multipart, @Nullable List<Part> parts) {
    if (multipart != null && parts != null && !parts.isEmpty()) {
      return Future.succeededFuture(
          new S3Upload(this, id, folder, new Stored(multipart, parts, Multipart.size(parts))));
    }
    // Between two multipart uploads, all of it is an object.
    return bucket
        .head(folder + "data")
        .map(
            head ->
                new S3Upload(
                    this,
                    id,
                    folder,
                    new Stored(multipart, List.of(), head == null ? 0 : head.size())));
  }

  /**
   * What S3 has of an upload: parts, or one object, or nothing.
   *
   * @param multipart to which more parts may be added; absent: it has to be begun
   */
  record Stored(@Nullable Multipart multipart, List<Part> parts, long size) {
    /** True if all of it is an object. */
    boolean isObject() {
      return parts.isEmpty() && size > 0;
    }
  }

  Bucket bucket() {
    return bucket;
  }

  Parts sizes() {
    return sizes;
  }

  S3BlobStore blobs() {
    return blobs;
  }

  /** What this process itself has received of an upload, and S3 nothing beyond it. */
  @Nullable Received received(UUID id, Stored stored) {
    var one = received.getIfPresent(id);
    return one != null && one.end() == stored.size() ? one : null;
  }

  void received(UUID id, Received one) {
    received.put(id, one);
  }

  Future<Void> delete(UUID id, String folder) {
    received.invalidate(id);
    return delete(folder);
  }

  @Override
  public Future<Integer> purge(Instant before, boolean dryRun) {
    return new S3Purge(bucket, layout, before, this::delete)
        .run(dryRun)
        .compose(
            count ->
                claims == null
                    ? Future.succeededFuture(count)
                    : claims.purge(before, dryRun).map(count));
  }

  private Future<Void> delete(String folder) {
    return Multipart.open(bucket, folder)
        .compose(open -> Future.join(open.stream().map(Multipart::abort).toList()))
        .compose(v -> listing.deleteBelow(folder));
  }

  /** Makes the directory for the files of uploads. */
  static Path directory(Path local) throws IOException {
    return Files.createDirectories(local.resolve("uploads"));
  }
}
