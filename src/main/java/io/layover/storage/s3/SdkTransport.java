package io.layover.storage.s3;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.async.AsyncExecuteRequest;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;

/**
 * Carries the SDK's requests over Vert.x's HTTP client, so that a body comes from S3 and goes to
 * the client on one event loop, and either side's pace is the other's.
 */
final class SdkTransport implements SdkAsyncHttpClient {
  private static final int CHUNK = 256 << 10;
  private static final int CONNECTIONS = 1024;
  private static final int CONNECT_MILLIS = 10_000;

  /** S3 closes idle connections after about 20 s, and a request that comes then would fail. */
  private static final Duration KEPT = Duration.ofSeconds(10);

  private final Vertx vertx;
  private final HttpClientAgent client;
  private final ConnectionPool connections;
  private final Duration silence;

  /**
   * @param verify whether certificates are verified
   * @param silence how long S3 may be silent while something is expected of it
   */
  SdkTransport(Vertx vertx, boolean verify, Duration silence) {
    this.vertx = vertx;
    this.silence = silence;
    this.client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setMaxChunkSize(CHUNK)
                .setMaxHeaderSize(32 << 10)
                .setConnectTimeout(CONNECT_MILLIS)
                .setDecompressionSupported(false)
                .setTrustAll(!verify)
                .setVerifyHost(verify));
    this.connections = new ConnectionPool(vertx, client, CONNECTIONS, KEPT, silence);
  }

  @Override
  public CompletableFuture<Void> execute(AsyncExecuteRequest exchange) {
    var request = exchange.request();
    var done = new CompletableFuture<Void>();
    connections
        .take(
            new ConnectionPool.Server(
                request.host(), request.port(), request.protocol().equals("https")))
        .compose(held -> send(held, exchange, done))
        .onFailure(e -> Exchange.fail(exchange.responseHandler(), done, e));
    return done;
  }

  private Future<Void> send(
      ConnectionPool.Held held, AsyncExecuteRequest exchange, CompletableFuture<Void> done) {
    return held.connection()
        .request(options(exchange.request()))
        // One that is being closed never says so.
        .timeout(silence.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(e -> held.close())
        .onSuccess(
            outgoing -> {
              exchange
                  .request()
                  .forEachHeader(
                      (name, values) -> {
                        // The client writes it itself, from the same host and port.
                        if (!name.equalsIgnoreCase("Host")) {
                          outgoing.putHeader(name, values);
                        }
                      });
              new Exchange(vertx, held, outgoing, exchange, silence, done).start();
            })
        .mapEmpty();
  }

  private static RequestOptions options(SdkHttpRequest request) {
    var path = request.encodedPath();
    var query = request.encodedQueryParameters().map(text -> "?" + text).orElse("");
    return new RequestOptions()
        .setMethod(HttpMethod.valueOf(request.method().name()))
        .setHost(request.host())
        .setPort(request.port())
        .setSsl(request.protocol().equals("https"))
        .setURI((path.isEmpty() ? "/" : path) + query);
  }

  @Override
  public String clientName() {
    return "Vertx";
  }

  @Override
  public void close() {
    client.close();
  }
}
