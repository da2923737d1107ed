package io.layover.storage.s3;

import io.layover.storage.s3.Bucket.Head;
import io.layover.storage.s3.S3Meters.Operation;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/**
 * An object that S3 is given in parts, in any order; nobody sees any of it before it is completed.
 *
 * @param id by which S3 knows it
 * @param begun when it was begun
 */
record Multipart(Bucket bucket, String key, String id, Instant begun) {
  /** What S3 takes for a part that is not the last one. */
  static final long SMALLEST_PART = 5 << 20;

  /** A part that S3 has. */
  record Part(int number, String etag, long size) {}

  static Future<Multipart> create(Bucket bucket, String key) {
    return bucket
        .call(
            Operation.MULTIPART,
            () ->
                bucket
                    .client()
                    .createMultipartUpload(
                        request -> bucket.form().apply(request.bucket(bucket.name()).key(key))))
        .map(answer -> new Multipart(bucket, key, answer.uploadId(), Instant.now()));
  }

  /** Those that are not completed, and whose keys begin with {@code prefix}. */
  static Future<List<Multipart>> open(Bucket bucket, String prefix) {
    return open(bucket, prefix, null, null, new ArrayList<>());
  }

  private static Future<List<Multipart>> open(
      Bucket bucket,
      String prefix,
      @Nullable String keyMarker,
      @Nullable String idMarker,
      List<Multipart> found) {
    return bucket
        .call(
            Operation.LIST,
            () ->
                bucket
                    .client()
                    .listMultipartUploads(
                        request ->
                            request
                                .bucket(bucket.name())
                                .prefix(prefix)
                                .keyMarker(keyMarker)
                                .uploadIdMarker(idMarker)))
        .compose(
            page -> {
              page.uploads()
                  .forEach(
                      one ->
                          found.add(
                              new Multipart(bucket, one.key(), one.uploadId(), one.initiated())));
              return page.isTruncated()
                  ? open(bucket, prefix, page.nextKeyMarker(), page.nextUploadIdMarker(), found)
                  : Future.succeededFuture(found);
            });
  }

  /** What S3 has of it, in the order of the numbers; null if it was completed or aborted. */
  Future<@Nullable List<Part>> parts() {
    return Bucket.orAbsent(parts(null, new ArrayList<>()).map(Multipart::each));
  }

  /**
   * One of each number. S3 puts a part that is sent again in the place of the first; SeaweedFS
   * lists both, and then the larger one is the later, for a part is sent again only with what
   * follows it.
   */
  static List<Part> each(List<Part> listed) {
    var parts = new TreeMap<Integer, Part>();
    for (var one : listed) {
      parts.merge(one.number(), one, BinaryOperator.maxBy(Comparator.comparingLong(Part::size)));
    }
    return List.copyOf(parts.values());
  }

  private Future<List<Part>> parts(@Nullable Integer marker, List<Part> found) {
    return bucket
        .call(
            Operation.LIST,
            () ->
                bucket
                    .client()
                    .listParts(
                        request ->
                            request
                                .bucket(bucket.name())
                                .key(key)
                                .uploadId(id)
                                .partNumberMarker(marker)))
        .compose(
            page -> {
              page.parts()
                  .forEach(one -> found.add(new Part(one.partNumber(), one.eTag(), one.size())));
              return page.isTruncated()
                  ? parts(page.nextPartNumberMarker(), found)
                  : Future.succeededFuture(found);
            });
  }

  Future<Part> put(int number, FileBody content) {
    return bucket
        .call(
            Operation.PART,
            () ->
                bucket
                    .client()
                    .uploadPart(
                        request ->
                            request
                                .bucket(bucket.name())
                                .key(key)
                                .uploadId(id)
                                .partNumber(number)
                                .contentLength(content.length())
                                .overrideConfiguration(content::ask),
                        content))
        .map(answer -> new Part(number, answer.eTag(), content.length()));
  }

  /** Takes a part from another object, without moving its bytes through here. */
  Future<Part> copy(int number, String from, long offset, long size) {
    var range = "bytes=" + offset + "-" + (offset + size - 1);
    return bucket
        .call(
            Operation.COPY,
            () ->
                bucket
                    .client()
                    .uploadPartCopy(
                        request ->
                            request
                                .sourceBucket(bucket.name())
                                .sourceKey(from)
                                .copySourceRange(range)
                                .destinationBucket(bucket.name())
                                .destinationKey(key)
                                .uploadId(id)
                                .partNumber(number)))
        .map(answer -> new Part(number, answer.copyPartResult().eTag(), size));
  }

  /** Makes the object of these parts visible. */
  Future<Head> complete(List<Part> parts) {
    var completed =
        inOrder(parts).stream()
            .map(part -> CompletedPart.builder().partNumber(part.number).eTag(part.etag).build())
            .toList();
    return bucket
        .call(
            Operation.MULTIPART,
            () ->
                bucket
                    .client()
                    .completeMultipartUpload(
                        request ->
                            request
                                .bucket(bucket.name())
                                .key(key)
                                .uploadId(id)
                                .multipartUpload(all -> all.parts(completed))))
        .compose(
            answer ->
                answer.eTag() == null || answer.eTag().isEmpty()
                    ? ask()
                    : Future.succeededFuture(new Head(size(parts), answer.eTag())));
  }

  /** Ceph does not say what the tag of a completed object is. */
  private Future<Head> ask() {
    return bucket
        .head(key)
        .compose(
            head ->
                head == null
                    ? Future.failedFuture(new IllegalStateException("a completed object is gone"))
                    : Future.succeededFuture(head));
  }

  static List<Part> inOrder(List<Part> parts) {
    return parts.stream().sorted(Comparator.comparingInt(Part::number)).toList();
  }

  static long size(List<Part> parts) {
    return parts.stream().mapToLong(Part::size).sum();
  }

  /** Forgets it; no part may be on its way. */
  Future<Void> abort() {
    return bucket
        .call(
            Operation.MULTIPART,
            () ->
                bucket
                    .client()
                    .abortMultipartUpload(
                        request -> request.bucket(bucket.name()).key(key).uploadId(id)))
        .recover(e -> S3Failure.isAbsent(e) ? Future.succeededFuture() : Future.failedFuture(e))
        .mapEmpty();
  }
}
