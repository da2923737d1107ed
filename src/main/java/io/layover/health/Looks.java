package io.layover.health;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.NetClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** The looks that distribution knows beside that at the storage. */
public final class Looks {
  private final Vertx vertx;
  private final HttpClient http;
  private final NetClient net;

  public Looks(Vertx vertx) {
    this.vertx = vertx;
    this.http = vertx.createHttpClient();
    this.net = vertx.createNetClient();
  }

  /** Fails while the file is there: someone made it to take the server out of service. */
  public Supplier<Future<Void>> file(Path file) {
    return () ->
        vertx
            .executeBlocking(() -> Files.exists(file), false)
            .compose(there -> there ? failure("file exists") : Future.succeededFuture());
  }

  /** Fails unless a HEAD request is answered like that; a time of 0 has no limit. */
  public Supplier<Future<Void>> http(
      URI uri, int status, Map<String, List<String>> headers, Duration timeout) {
    return () -> {
      var options = new RequestOptions().setMethod(HttpMethod.HEAD).setAbsoluteURI(uri.toString());
      headers.forEach((name, values) -> values.forEach(value -> options.addHeader(name, value)));
      return within(
              timeout,
              http.request(options)
                  .compose(request -> request.send())
                  .map(response -> response.statusCode()))
          .transform(
              answer ->
                  answer.failed()
                      ? failure("error while checking: " + uri.getHost() + " does not answer")
                      : answer.result() == status
                          ? Future.succeededFuture()
                          : failure(
                              "downstream service returned unexpected status: " + answer.result()));
    };
  }

  /** Fails unless a connection is accepted; a time of 0 has no limit. */
  public Supplier<Future<Void>> tcp(String host, int port, Duration timeout) {
    return () ->
        within(timeout, net.connect(port, host))
            .transform(
                connected ->
                    connected.succeeded()
                        ? connected.result().close()
                        : failure("connection to " + host + ":" + port + " failed"));
  }

  private static <T> Future<T> within(Duration timeout, Future<T> answer) {
    return timeout.isZero() ? answer : answer.timeout(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  private static Future<Void> failure(String sentence) {
    return Future.failedFuture(new IllegalStateException(sentence));
  }
}
