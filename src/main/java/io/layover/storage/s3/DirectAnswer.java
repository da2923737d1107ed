package io.layover.storage.s3;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** The answer to a GET whose body comes beside the SDK; the SDK signs, tries again, and fails. */
final class DirectAnswer
    implements AsyncResponseTransformer<GetObjectResponse, DirectAnswer.Begun>, DirectBody.Taker {
  private volatile CompletableFuture<Begun> begun = new CompletableFuture<>();
  private volatile @Nullable GetObjectResponse head;
  private volatile @Nullable DirectBody body;

  /**
   * An answer whose body is to be read or cancelled.
   *
   * @param length of the body
   */
  record Begun(long length, DirectBody body) {}

  /** Makes a request one that is answered so. */
  void ask(AwsRequestOverrideConfiguration.Builder request) {
    Exchange.tell(request, DirectBody.TAKER, this);
  }

  @Override
  public void take(DirectBody taken) {
    body = taken;
  }

  @Override
  public CompletableFuture<Begun> prepare() {
    begun = new CompletableFuture<>();
    return begun;
  }

  @Override
  public void onResponse(GetObjectResponse response) {
    head = response;
  }

  @Override
  public void onStream(SdkPublisher<ByteBuffer> nothing) {
    var answer = head;
    var taken = body;
    if (answer != null && taken != null) {
      begun.complete(new Begun(answer.contentLength(), taken));
    } else {
      begun.completeExceptionally(new IllegalStateException("the answer has no direct body"));
    }
  }

  @Override
  public void exceptionOccurred(Throwable failure) {
    begun.completeExceptionally(failure);
  }
}
