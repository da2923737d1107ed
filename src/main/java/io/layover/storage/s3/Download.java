package io.layover.storage.s3;

import io.layover.storage.s3.Bucket.Head;
import io.layover.storage.s3.S3Meters.Operation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
import java.io.EOFException;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * A part of an object on its way to a sink. S3 is asked for no more than the sink takes; where it
 * breaks off, it is asked for the rest, of the same content or none.
 */
final class Download {
  /** How often in a row S3 may break off without a byte. */
  private static final int PATIENCE = 5;

  private static final long FIRST_PAUSE_MILLIS = 100;

  private final Bucket bucket;
  private final String key;
  private final Head head;
  private final long end;
  private final Promise<Void> done = Promise.promise();
  private long position;
  private int fruitless;
  private @Nullable DirectBody body;
  private boolean cancelled;

  /**
   * @param head what the object is known to be
   * @param offset of the first byte
   * @param end after the last byte, which the object has
   */
  Download(Bucket bucket, String key, Head head, long offset, long end) {
    this.bucket = bucket;
    this.key = key;
    this.head = head;
    this.position = offset;
    this.end = end;
  }

  /** Writes all of an object. */
  static Future<Void> whole(Bucket bucket, String key, Head head, WriteStream<Buffer> sink) {
    var download = new Download(bucket, key, head, 0, head.size());
    return download.begin().compose(v -> download.writeTo(sink));
  }

  /** Completes when S3 has begun to answer; fails if there is no such object any more. */
  Future<Void> begin() {
    if (position == end) {
      return Future.succeededFuture();
    }
    var whole = position == 0 && end == head.size();
    var range = "bytes=" + position + "-" + (end - 1);
    var answers = new DirectAnswer();
    return bucket
        .call(
            Operation.GET,
            () ->
                bucket
                    .client()
                    .getObject(
                        request ->
                            request
                                .bucket(bucket.name())
                                .key(key)
                                .ifMatch(head.etag())
                                .range(whole ? null : range)
                                .overrideConfiguration(answers::ask),
                        answers))
        .compose(
            answer -> {
              var length = answer.length();
              if (cancelled || length != end - position) {
                answer.body().cancel();
                return Future.failedFuture(
                    cancelled
                        ? new IllegalStateException("the download was cancelled")
                        : new EOFException(
                            "%s has %d bytes where %d should be"
                                .formatted(key, length, end - position)));
              }
              body = answer.body();
              return Future.succeededFuture();
            });
  }

  /** Writes the bytes, after {@link #begin} has succeeded. */
  Future<Void> writeTo(WriteStream<Buffer> sink) {
    transfer(sink);
    return done.future();
  }

  private void transfer(WriteStream<Buffer> sink) {
    var from = body;
    body = null;
    if (from == null) {
      finish();
      return;
    }
    new DownloadPump(from, sink, end - position)
        .run()
        .onComplete(
            ended -> {
              var pump = ended.result();
              position += pump.taken();
              if (pump.taken() > 0) {
                fruitless = 0;
              }
              if (pump.sinkFailure() != null) {
                done.tryFail(pump.sinkFailure());
              } else if (position == end) {
                finish();
              } else {
                goOn(sink, pump.sourceFailure());
              }
            });
  }

  private void finish() {
    done.tryComplete();
  }

  private void goOn(WriteStream<Buffer> sink, Throwable cause) {
    if (++fruitless > PATIENCE) {
      done.tryFail(bucket.known(cause));
      return;
    }
    bucket.meters().resumed();
    var pause = FIRST_PAUSE_MILLIS << (fruitless - 1);
    bucket
        .vertx()
        .timer(1 + ThreadLocalRandom.current().nextLong(pause))
        .compose(t -> begin())
        .onSuccess(v -> transfer(sink))
        .onFailure(
            e -> {
              if (S3Failure.isAbsent(e) || S3Failure.isCondition(e) || cancelled) {
                done.tryFail(e);
              } else {
                goOn(sink, e);
              }
            });
  }

  /** Gives up what was begun and not written. */
  void cancel() {
    cancelled = true;
    var unread = body;
    body = null;
    if (unread != null) {
      unread.cancel();
    }
  }
}
