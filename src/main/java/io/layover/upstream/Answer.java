package io.layover.upstream;

import io.layover.storage.Blob;
import io.layover.upstream.UpstreamFailure.Kind;
import io.netty.handler.codec.TooLongFrameException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.streams.ReadStream;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's answer: its head is there, its body waits until it is taken, in one of four ways
 * and once. Nothing about it lasts for ever or grows without bound.
 */
final class Answer {
  private static final int WORTH_READING = 64 << 10;
  private static final int MOST_HINTS = 16;

  private final HttpClientResponse response;
  private final @Nullable InetAddress address;
  private final Patience patience;
  private final Incoming body;

  private Answer(
      HttpClientResponse response, String host, @Nullable InetAddress address, Patience patience) {
    this.response = response;
    this.address = address;
    this.patience = patience;
    this.body = new Incoming(response, host, patience.silence());
  }

  /**
   * Sends a request without a body. Fails with {@link UpstreamFailure}.
   *
   * @param address where the server is, if we know
   */
  static Future<Answer> to(
      HttpClient client, RequestOptions options, @Nullable InetAddress address, Patience patience) {
    options.setConnectTimeout(patience.connect().toMillis());
    return Future.succeededFuture()
        .compose(v -> client.request(options))
        .compose(
            request ->
                bounded(request)
                    .send()
                    .map(response -> new Answer(response, options.getHost(), address, patience))
                    .timeout(patience.answer().toMillis(), TimeUnit.MILLISECONDS)
                    .onFailure(e -> request.reset()))
        .recover(e -> Future.failedFuture(UpstreamFailure.unreachable(options, e, patience)));
  }

  /** Hints that never end in an answer are given up like any other head that is too long. */
  private static HttpClientRequest bounded(HttpClientRequest request) {
    var hints = new AtomicInteger();
    Runnable count =
        () -> {
          if (hints.incrementAndGet() == MOST_HINTS) {
            request.reset(0, new TooLongFrameException("more than " + MOST_HINTS + " hints"));
          }
        };
    return request.continueHandler(v -> count.run()).earlyHintsHandler(headers -> count.run());
  }

  int status() {
    return response.statusCode();
  }

  @Nullable String header(String name) {
    return response.getHeader(name);
  }

  List<String> headers(String name) {
    return response.headers().getAll(name);
  }

  /** Who answers, as one who may send us elsewhere. */
  Sender sender() {
    return Sender.at(address);
  }

  /** What the request said of us. */
  @Nullable String authorization() {
    return response.request().headers().get("Authorization");
  }

  private boolean hadPassword() {
    var authorization = authorization();
    return authorization != null && authorization.startsWith("Basic ");
  }

  /** The announced size of the body, or {@link Blob#UNKNOWN}. */
  long size() {
    var length = header("Content-Length");
    try {
      return length == null ? Blob.UNKNOWN : Math.max(Blob.UNKNOWN, Long.parseLong(length.strip()));
    } catch (NumberFormatException e) {
      return Blob.UNKNOWN;
    }
  }

  /** The whole body if it has at most {@code limit} bytes; otherwise the connection is given up. */
  Future<Buffer> body(int limit) {
    if (size() > limit) {
      return Future.failedFuture(refused(tooLong(limit)));
    }
    Promise<Buffer> whole = Promise.promise();
    var bytes = Buffer.buffer();
    body.exceptionHandler(whole::tryFail);
    body.endHandler(v -> whole.tryComplete(bytes));
    body.handler(
        chunk -> {
          if (bytes.length() + chunk.length() > limit) {
            whole.tryFail(refused(tooLong(limit)));
          } else {
            bytes.appendBuffer(chunk);
          }
        });
    body.resume();
    return whole
        .future()
        .timeout(patience.document().toMillis(), TimeUnit.MILLISECONDS)
        .recover(
            e ->
                Future.failedFuture(
                    e instanceof UpstreamFailure
                        ? e
                        : refused(
                            UpstreamFailure.refused(
                                Refusal.SLOW,
                                "its answer was not complete after "
                                    + Patience.text(patience.document())))));
  }

  private static UpstreamFailure tooLong(int limit) {
    return UpstreamFailure.refused(Refusal.SIZE, "the answer has more than " + limit + " bytes");
  }

  /**
   * The body to be read as it comes, paused. Its failures are {@link UpstreamFailure}s.
   *
   * @param arrived is told of every piece how many bytes it has
   */
  ReadStream<Buffer> stream(IntConsumer arrived) {
    body.count(arrived);
    return body;
  }

  /** Reads a short body that nobody wants, so that its connection can be used again. */
  void discard() {
    body(WORTH_READING);
  }

  /** Gives the connection up, and hands {@code failure} back. */
  UpstreamFailure refused(UpstreamFailure failure) {
    abandon();
    return failure;
  }

  /** Gives the connection up: the rest of the body is not wanted, or not worth its time. */
  void abandon() {
    body.abandon();
  }

  /** What a status other than success means; the body is discarded. */
  UpstreamFailure failure(String message) {
    discard();
    var kind =
        switch (status()) {
          // A token may be too narrow for what was asked; a password is right or wrong.
          case 401 -> hadPassword() ? Kind.REFUSED : Kind.ABSENT;
          case 403, 404, 410 -> Kind.ABSENT;
          case 429 -> Kind.LIMITED;
          default -> status() >= 500 ? Kind.UNAVAILABLE : Kind.BROKEN;
        };
    var whom = kind == Kind.REFUSED ? " to the configured credentials" : "";
    return UpstreamFailure.answered(kind, message + whom, status(), header("Retry-After"));
  }
}
