package io.layover.storage.s3;

import io.layover.storage.s3.Bucket.Whole;
import io.vertx.core.buffer.Buffer;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Takes a small object into memory, and refuses a large one before it is read. */
final class SmallBody implements AsyncResponseTransformer<GetObjectResponse, Whole> {
  private final String key;
  private final long limit;
  private volatile CompletableFuture<Whole> whole = new CompletableFuture<>();
  private volatile @Nullable GetObjectResponse head;

  SmallBody(String key, long limit) {
    this.key = key;
    this.limit = limit;
  }

  @Override
  public CompletableFuture<Whole> prepare() {
    whole = new CompletableFuture<>();
    return whole;
  }

  @Override
  public void onResponse(GetObjectResponse response) {
    head = response;
  }

  @Override
  public void onStream(SdkPublisher<ByteBuffer> body) {
    var response = head;
    if (response != null) {
      body.subscribe(new Collector(whole, response));
    }
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    whole.completeExceptionally(failure);
  }

  private final class Collector implements Subscriber<ByteBuffer> {
    private final CompletableFuture<Whole> result;
    private final GetObjectResponse response;
    private final Buffer content = Buffer.buffer();

    private Collector(CompletableFuture<Whole> result, GetObjectResponse response) {
      this.result = result;
      this.response = response;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      if (response.contentLength() > limit) {
        // Not an IOException, after which the SDK would try again.
        result.completeExceptionally(
            SdkClientException.create(key + " is too large to be read at once"));
        subscription.cancel();
      } else {
        subscription.request(Long.MAX_VALUE);
      }
    }

    @Override
    public void onNext(ByteBuffer bytes) {
      var piece = new byte[bytes.remaining()];
      bytes.get(piece);
      content.appendBytes(piece);
    }

    @Override
    public void onError(Throwable failure) {
      result.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
      if (content.length() == response.contentLength()) {
        result.complete(new Whole(content, response.eTag()));
      } else {
        result.completeExceptionally(new EOFException("a part of " + key + " is missing"));
      }
    }
  }
}
