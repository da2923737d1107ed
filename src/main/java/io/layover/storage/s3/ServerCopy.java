package io.layover.storage.s3;

import io.layover.storage.s3.Bucket.Head;
import io.layover.storage.s3.Multipart.Part;
import io.layover.storage.s3.S3Meters.Operation;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/** Copies that S3 makes by itself, of large objects in parts and several at a time. */
final class ServerCopy {
  private final Bucket bucket;
  private final Parts sizes;

  ServerCopy(Bucket bucket, Parts sizes) {
    this.bucket = bucket;
    this.sizes = sizes;
  }

  Future<Head> copy(String from, long size, String to) {
    if (size <= sizes.copyThreshold()) {
      return bucket
          .call(
              Operation.COPY,
              () ->
                  bucket
                      .client()
                      .copyObject(
                          request ->
                              bucket
                                  .form()
                                  .apply(
                                      request
                                          .sourceBucket(bucket.name())
                                          .sourceKey(from)
                                          .destinationBucket(bucket.name())
                                          .destinationKey(to))))
          .map(answer -> new Head(size, answer.copyObjectResult().eTag()));
    }
    return Multipart.create(bucket, to)
        .compose(
            target ->
                parts(target, from, size)
                    .compose(target::complete)
                    .recover(e -> target.abort().transform(v -> Future.<Head>failedFuture(e))));
  }

  /** Begins an object with the content of another one, which has at least 5 MiB. */
  Future<List<Part>> parts(Multipart target, String from, long size) {
    // No part may be smaller than the least, also not the last one if more is to follow it.
    var count = (int) Math.max(1, size / Math.max(sizes.copySize(), Multipart.SMALLEST_PART));
    var copied = new ArrayList<Part>();
    return copySome(target, from, size, count, 0, copied).map(copied);
  }

  private Future<Void> copySome(
      Multipart target, String from, long size, int count, int first, List<Part> copied) {
    if (first == count) {
      return Future.succeededFuture();
    }
    var last = Math.min(count, first + sizes.copiesAtOnce());
    var some = new ArrayList<Future<Part>>();
    for (var i = first; i < last; i++) {
      var offset = size * i / count;
      some.add(target.copy(i + 1, from, offset, size * (i + 1) / count - offset));
    }
    // Joined, so that nothing is on its way any more when it has failed.
    return Future.join(some)
        .onSuccess(all -> copied.addAll(all.list()))
        .compose(v -> copySome(target, from, size, count, last, copied));
  }
}
