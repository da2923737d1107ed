package io.layover.storage.s3;

import io.layover.storage.s3.S3Meters.Operation;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;

/** Lists of keys, which S3 gives page by page, and what is done to all keys of one. */
final class Listing {
  /** The most that S3 puts on a page, and deletes at once. */
  private static final int PAGE = 1000;

  private final Bucket bucket;

  Listing(Bucket bucket) {
    this.bucket = bucket;
  }

  /** What stands between {@code prefix} and the next slash, in S3's order. */
  Future<List<String>> names(String prefix) {
    var found = new ArrayList<String>();
    return pages(
            prefix,
            "/",
            null,
            page -> {
              for (var one : page.commonPrefixes()) {
                var text = one.prefix();
                found.add(text.substring(prefix.length(), text.length() - 1));
              }
              return Future.succeededFuture();
            })
        .map(v -> found);
  }

  /** At most {@code limit} keys that begin with {@code prefix} and come after {@code after}. */
  Future<List<String>> keys(String prefix, @Nullable String after, int limit) {
    return page(prefix, null, after, null, Math.min(limit, PAGE))
        .map(page -> page.contents().stream().map(one -> one.key()).toList());
  }

  /** Shows each object whose key begins with {@code prefix}, on a thread that may wait. */
  Future<Void> each(String prefix, Visitor visitor) {
    return pages(
        prefix,
        null,
        null,
        page ->
            bucket
                .disk()
                .run(
                    () -> {
                      page.contents()
                          .forEach(
                              one ->
                                  visitor.object(
                                      one.key().substring(prefix.length()),
                                      one.size(),
                                      one.lastModified()));
                      return null;
                    }));
  }

  /** Is told of objects. */
  interface Visitor {
    /**
     * An object that is there.
     *
     * @param key without what all of them begin with
     */
    void object(String key, long size, Instant written);
  }

  /** Deletes every object whose key begins with {@code prefix}. */
  Future<Void> deleteBelow(String prefix) {
    return keys(prefix, null, PAGE)
        .compose(
            keys ->
                deleteAll(keys)
                    .compose(
                        v -> keys.size() < PAGE ? Future.succeededFuture() : deleteBelow(prefix)));
  }

  /** Deletes objects; those that are not there are no failure. */
  Future<Void> deleteAll(List<String> keys) {
    Future<Void> deleted = Future.succeededFuture();
    for (var at = 0; at < keys.size(); at += PAGE) {
      var some =
          keys.subList(at, Math.min(keys.size(), at + PAGE)).stream()
              .map(key -> ObjectIdentifier.builder().key(key).build())
              .toList();
      deleted = deleted.compose(v -> deleteSome(some));
    }
    return deleted;
  }

  private Future<Void> deleteSome(List<ObjectIdentifier> objects) {
    return bucket
        .call(
            Operation.DELETE,
            () ->
                bucket
                    .client()
                    .deleteObjects(
                        request ->
                            request
                                .bucket(bucket.name())
                                .delete(all -> all.objects(objects).quiet(true))))
        .compose(
            answer ->
                answer.errors().isEmpty()
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        bucket.known(
                            new IllegalStateException(
                                "%d objects are not deleted: %s"
                                    .formatted(
                                        answer.errors().size(),
                                        answer.errors().getFirst().code())))));
  }

  private Future<Void> pages(
      String prefix,
      @Nullable String delimiter,
      @Nullable String token,
      Function<ListObjectsV2Response, Future<Void>> visitor) {
    return page(prefix, delimiter, null, token, PAGE)
        .compose(
            page ->
                visitor
                    .apply(page)
                    .compose(
                        v ->
                            page.isTruncated()
                                ? pages(prefix, delimiter, page.nextContinuationToken(), visitor)
                                : Future.succeededFuture()));
  }

  private Future<ListObjectsV2Response> page(
      String prefix,
      @Nullable String delimiter,
      @Nullable String after,
      @Nullable String token,
      int limit) {
    return bucket.call(
        Operation.LIST,
        () ->
            bucket
                .client()
                .listObjectsV2(
                    request ->
                        request
                            .bucket(bucket.name())
                            .prefix(prefix)
                            .delimiter(delimiter)
                            .startAfter(after)
                            .continuationToken(token)
                            .maxKeys(limit)));
  }
}
