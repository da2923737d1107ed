package io.layover.storage.s3;

import io.layover.log.Reason;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkClientException;

/** A storage in a bucket. */
public final class S3Stores {
  /** How long after the end of one replica another one takes up what it did. */
  private static final Duration LEASE_TERM = Duration.ofMinutes(1);

  private S3Stores() {}

  /**
   * What stands in the bucket, and how.
   *
   * @param root what every key begins with
   * @param redirect whether, and where, clients fetch large blobs from S3 themselves
   * @param mixed whether what is pushed stands beside what may be evicted
   */
  public record Place(
      String bucket, String root, ObjectForm form, Parts parts, Redirect redirect, boolean mixed) {}

  /**
   * Where clients are sent.
   *
   * @param host where they reach S3; absent: where it is reached from here
   */
  public record Redirect(boolean enabled, @Nullable URI host) {}

  /**
   * What is kept near.
   *
   * @param directory on a local disk, for bytes on their way and copies of blobs
   * @param cacheSize the most bytes of copies
   * @param largestCopy the most bytes of one of them
   * @param descriptors how many blobs are remembered
   * @param trustedLinks how long blobs, links and repositories are believed to be there
   * @param trustedTags how long tags are believed to point where they did
   */
  public record Near(
      Path directory,
      long cacheSize,
      long largestCopy,
      int descriptors,
      Duration trustedLinks,
      Duration trustedTags) {}

  /**
   * Opens the storage; blocks until S3 has answered.
   *
   * @throws IOException with a sentence for who runs the server, if the bucket or the local
   *     directory cannot be used
   */
  public static Stores open(
      Vertx vertx, Disk disk, MeterRegistry meters, Connection connection, Place place, Near near)
      throws IOException {
    var local = local(near.directory());
    var bucket = open(vertx, disk, meters, connection, place);
    var layout = Layout.below(place.root());
    var files = new io.layover.storage.filesystem.Layout(local);
    var cache = ReadCache.open(local, disk, near.cacheSize(), near.largestCopy());
    var claims = place.mixed() ? new Claims(bucket, layout, Claims.REMEMBERED) : null;
    var blobs =
        new S3BlobStore(
            bucket,
            layout,
            place.parts(),
            cache,
            place.redirect().enabled() ? bucket.presigner(place.redirect().host()) : null,
            claims,
            near.descriptors(),
            near.trustedLinks());
    return new Stores(
        blobs,
        new S3RepositoryStore(bucket, layout, claims, near.trustedLinks(), near.trustedTags()),
        new S3UploadStore(
            bucket, layout, place.parts(), blobs, claims, S3UploadStore.directory(local)),
        new S3ReferrerStore(bucket, layout),
        files.parts(),
        files.books(),
        () -> bucket.look(layout.prefix()),
        name -> new S3Lease(bucket, layout.lease(name), LEASE_TERM));
  }

  private static Path local(Path base) throws IOException {
    try {
      return LocalDirectory.make(base);
    } catch (IOException e) {
      throw new IOException(
          "the local directory %s cannot be used: %s".formatted(base, Reason.of(e)), e);
    }
  }

  private static Bucket open(
      Vertx vertx, Disk disk, MeterRegistry meters, Connection connection, Place place)
      throws IOException {
    try {
      var bucket = Bucket.open(vertx, disk, meters, connection, place.bucket(), place.form());
      bucket.probe(Layout.below(place.root()).prefix());
      return bucket;
    } catch (SdkClientException e) {
      throw new IOException(S3Failure.explain(e, place.bucket(), connection), e);
    }
  }
}
