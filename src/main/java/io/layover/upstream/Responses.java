package io.layover.upstream;

import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.RequestOptions;
import java.util.concurrent.TimeUnit;

/** How an upstream's responses are received: paused, within time and never without bound. */
final class Responses {
  private static final long CONNECT_MILLIS = 10_000;
  private static final long HEAD_SECONDS = 20;
  private static final long SILENCE_MILLIS = 30_000;
  private static final int WORTH_READING = 64 << 10;

  private Responses() {}

  /** Sends a request without a body; the response comes paused. */
  static Future<HttpClientResponse> send(HttpClient client, RequestOptions options) {
    options.setConnectTimeout(CONNECT_MILLIS).setIdleTimeout(SILENCE_MILLIS);
    return client
        .request(options)
        .compose(
            request ->
                request
                    .send()
                    .map(
                        response -> {
                          response.pause();
                          return response;
                        })
                    .timeout(HEAD_SECONDS, TimeUnit.SECONDS)
                    .onFailure(e -> request.reset()));
  }

  /** The whole body if it has at most {@code limit} bytes; otherwise the connection is given up. */
  static Future<Buffer> body(HttpClientResponse response, int limit) {
    Promise<Buffer> whole = Promise.promise();
    var body = Buffer.buffer();
    response.exceptionHandler(
        e -> whole.tryFail(new UpstreamFailure(Kind.UNAVAILABLE, "the answer broke off", e)));
    response.endHandler(v -> whole.tryComplete(body));
    response.handler(
        chunk -> {
          if (body.length() + chunk.length() > limit) {
            whole.tryFail(
                new UpstreamFailure(Kind.BROKEN, "the answer has more than " + limit + " bytes"));
            response.request().reset();
          } else {
            body.appendBuffer(chunk);
          }
        });
    response.resume();
    return whole.future();
  }

  /** Reads a body that nobody wants, so that its connection can be used again. */
  static void discard(HttpClientResponse response) {
    body(response, WORTH_READING);
  }

  /** What a status other than success means. */
  static UpstreamFailure failure(HttpClientResponse response, String message) {
    var kind =
        switch (response.statusCode()) {
          case 401, 403, 404, 410 -> Kind.ABSENT;
          case 429 -> Kind.LIMITED;
          case 500, 502, 503, 504 -> Kind.UNAVAILABLE;
          default -> response.statusCode() >= 500 ? Kind.UNAVAILABLE : Kind.BROKEN;
        };
    return new UpstreamFailure(kind, message, null, response.getHeader("Retry-After"));
  }
}
