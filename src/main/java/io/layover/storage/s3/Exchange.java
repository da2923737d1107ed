package io.layover.storage.s3;

import io.layover.storage.s3.RequestBody.Progress;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.interceptor.SdkInternalExecutionAttribute;
import software.amazon.awssdk.http.SdkHttpExecutionAttribute;
import software.amazon.awssdk.http.SdkHttpExecutionAttributes;
import software.amazon.awssdk.http.SdkHttpResponse;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpResponseHandler;

/** One request to S3 and its answer, cut off when S3 is silent for too long. */
final class Exchange implements Progress {
  private final Vertx vertx;
  private final ConnectionPool.Held held;
  private final HttpClientRequest request;
  private final AsyncExecuteRequest exchange;
  private final SdkAsyncHttpResponseHandler handler;
  private final Duration silence;
  private final CompletableFuture<Void> done;
  private volatile long lastSign = System.nanoTime();

  /** False while it is this side that keeps the other waiting. */
  private volatile boolean expecting = true;

  private volatile boolean reusable;

  /** False while a body is on its way, which an answer need not wait for. */
  private volatile boolean sent = true;

  private volatile @Nullable DirectBody direct;
  private long timer;

  Exchange(
      Vertx vertx,
      ConnectionPool.Held held,
      HttpClientRequest request,
      AsyncExecuteRequest exchange,
      Duration silence,
      CompletableFuture<Void> done) {
    this.vertx = vertx;
    this.held = held;
    this.request = request;
    this.exchange = exchange;
    this.handler = exchange.responseHandler();
    this.silence = silence;
    this.done = done;
  }

  void start() {
    timer = vertx.setPeriodic(silence.toMillis() / 2, t -> look());
    if (attribute(DirectBody.TAKER) != null) {
      direct = DirectBody.on(held.below().channel(), this, done);
    }
    done.whenComplete((v, e) -> end(e));
    request.response().onSuccess(this::receive).onFailure(this::fail);
    var file = attribute(FileBody.BODY);
    var length = exchange.requestContentPublisher().contentLength().orElse(null);
    if (file != null) {
      sent = false;
      file.send(request, held.below(), this).onSuccess(v -> sent = true).onFailure(this::fail);
    } else if (length != null && length == 0) {
      request.end();
    } else {
      if (length == null) {
        request.setChunked(true);
      }
      exchange.requestContentPublisher().subscribe(new RequestBody(request, this));
    }
  }

  /** Has the SDK pass something on to the exchange of a request, which {@link #attribute} reads. */
  static <T> void tell(
      AwsRequestOverrideConfiguration.Builder request, SdkHttpExecutionAttribute<T> key, T value) {
    request.putExecutionAttribute(
        SdkInternalExecutionAttribute.SDK_HTTP_EXECUTION_ATTRIBUTES,
        SdkHttpExecutionAttributes.builder().put(key, value).build());
  }

  private <T> @Nullable T attribute(SdkHttpExecutionAttribute<T> key) {
    var attributes = exchange.httpExecutionAttributes();
    return attributes == null ? null : attributes.getAttribute(key);
  }

  /** Also called when the SDK gives up and cancels. */
  private void end(@Nullable Throwable failure) {
    vertx.cancelTimer(timer);
    var body = direct;
    if (body != null) {
      body.leave();
    }
    if (failure == null && reusable && sent) {
      held.giveBack();
    } else {
      held.close();
    }
  }

  private void look() {
    if (expecting && System.nanoTime() - lastSign > silence.toNanos()) {
      fail(new IOException("S3 was silent for " + silence.toSeconds() + " s"));
    }
  }

  /** Something went forward; {@code more}: S3 is expected to go on. */
  @Override
  public void sign(boolean more) {
    lastSign = System.nanoTime();
    expecting = more;
  }

  @Override
  public void broken(Throwable cause) {
    fail(cause);
  }

  private void receive(HttpClientResponse response) {
    sign(true);
    reusable =
        !"close".equalsIgnoreCase(response.getHeader(HttpHeaders.CONNECTION))
            && response.version() == HttpVersion.HTTP_1_1;
    var head =
        SdkHttpResponse.builder()
            .statusCode(response.statusCode())
            .statusText(response.statusMessage());
    for (var header : response.headers()) {
      head.appendHeader(header.getKey(), header.getValue());
    }
    var taker = attribute(DirectBody.TAKER);
    var body = direct;
    if (taker != null && body != null && body.isTaking()) {
      sign(false);
      response.exceptionHandler(this::fail);
      response.endHandler(v -> done.complete(null));
      taker.take(body);
      handler.onHeaders(head.build());
      handler.onStream(AsyncRequestBody.empty());
    } else {
      var through = new ResponseBody(response, this, done);
      handler.onHeaders(head.build());
      handler.onStream(through);
    }
  }

  private void fail(Throwable cause) {
    fail(handler, done, cause);
  }

  static void fail(
      SdkAsyncHttpResponseHandler handler, CompletableFuture<Void> done, Throwable cause) {
    var known = asIo(cause);
    if (!done.isDone()) {
      handler.onError(known);
      done.completeExceptionally(known);
    }
  }

  /** The SDK tries again after what it knows to be trouble with the network. */
  static Throwable asIo(@Nullable Throwable cause) {
    return cause instanceof IOException known
        ? known
        : new IOException(cause == null ? "broken" : String.valueOf(cause.getMessage()), cause);
  }
}
