package io.layover.parts;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The way to an S3 server: it notes what passes, and does to it what a test says. */
public final class S3Way implements AutoCloseable {
  /** What may happen to a request. */
  public enum Fault {
    INTERNAL_ERROR(500, "InternalError"),
    SLOW_DOWN(503, "SlowDown"),
    EXPIRED(400, "ExpiredToken"),
    SKEWED(403, "RequestTimeTooSkewed"),
    DENIED(403, "AccessDenied"),
    OTHER_REGION(400, "AuthorizationHeaderMalformed"),
    FULL(507, "QuotaExceeded"),
    REFUSED(412, "PreconditionFailed"),
    /** It comes late. */
    LATE(0, ""),
    /** The connection ends while the request is sent. */
    CUT_REQUEST(0, ""),
    /** The connection ends in the middle of the answer. */
    CUT_ANSWER(0, "");

    private final int status;
    private final String code;

    Fault(int status, String code) {
      this.status = status;
      this.code = code;
    }
  }

  private static final Duration LATENESS = Duration.ofMillis(300);

  private final Vertx vertx = Vertx.vertx();
  private final SocketAddress target;
  private final HttpClientAgent client =
      vertx.createHttpClient(
          new HttpClientOptions().setDecompressionSupported(false),
          new PoolOptions().setHttp1MaxSize(256));
  private final HttpServer server;
  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final ConcurrentLinkedQueue<Trouble> troubles = new ConcurrentLinkedQueue<>();

  /** A fault that requests of a kind meet, so many times. */
  private static final class Trouble {
    private final Pattern which;
    private final Fault fault;
    private int left;

    private Trouble(Pattern which, Fault fault, int times) {
      this.which = which;
      this.fault = fault;
      this.left = times;
    }

    private synchronized boolean meets(String request) {
      return left > 0 && which.matcher(request).find() && left-- > 0;
    }
  }

  private S3Way(int port) {
    target = SocketAddress.inetSocketAddress(port, "127.0.0.1");
    server =
        vertx
            .createHttpServer(new HttpServerOptions().setMaxInitialLineLength(16 << 10))
            .requestHandler(this::pass)
            .listen(0, "127.0.0.1")
            .await();
  }

  public static S3Way to(S3Server s3) {
    return new S3Way(s3.port());
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + server.actualPort());
  }

  /** What has passed, as method, space and target. */
  public List<String> seen() {
    return List.copyOf(seen);
  }

  public long count(String regex) {
    var pattern = Pattern.compile(regex);
    return seen.stream().filter(one -> pattern.matcher(one).find()).count();
  }

  /** Forgets what has passed. */
  public void forget() {
    seen.clear();
  }

  /** The next requests that match meet this fault. */
  public void trouble(int times, String regex, Fault fault) {
    troubles.add(new Trouble(Pattern.compile(regex), fault, times));
  }

  /** No request meets a fault any more. */
  public void behave() {
    troubles.clear();
  }

  @Override
  public void close() {
    vertx.close().await();
  }

  private void pass(HttpServerRequest request) {
    var line = request.method() + " " + request.uri();
    seen.add(line);
    var fault = fault(line);
    if (fault == null) {
      forward(request, null);
    } else if (fault.status > 0) {
      refuse(request, fault);
    } else if (fault == Fault.CUT_REQUEST) {
      request.connection().close();
    } else if (fault == Fault.LATE) {
      request.pause();
      vertx.setTimer(LATENESS.toMillis(), t -> forward(request, null));
    } else {
      forward(request, fault);
    }
  }

  private @Nullable Fault fault(String line) {
    for (var one : troubles) {
      if (one.meets(line)) {
        return one.fault;
      }
    }
    return null;
  }

  private static void refuse(HttpServerRequest request, Fault fault) {
    var error =
        Buffer.buffer("<Error><Code>" + fault.code + "</Code><Message>as told</Message></Error>");
    request
        .end()
        .onSuccess(
            v -> {
              var response =
                  request
                      .response()
                      .setStatusCode(fault.status)
                      .putHeader("Content-Type", "application/xml");
              if (request.method().equals(HttpMethod.HEAD)) {
                response.end();
              } else {
                response.end(error);
              }
            });
    request.resume();
  }

  private void forward(HttpServerRequest request, @Nullable Fault fault) {
    request.pause();
    client
        .request(
            new RequestOptions()
                .setServer(target)
                .setHost("127.0.0.1")
                .setPort(server.actualPort())
                .setMethod(request.method())
                .setURI(request.uri()))
        .compose(
            onward -> {
              request
                  .headers()
                  .forEach(
                      (name, value) -> {
                        if (!name.equalsIgnoreCase("Host")) {
                          onward.putHeader(name, value);
                        }
                      });
              return onward.send(request).compose(answer -> answer(request, answer, fault));
            })
        .onFailure(e -> request.connection().close());
  }

  private static Future<Void> answer(
      HttpServerRequest request, HttpClientResponse answer, @Nullable Fault fault) {
    var response = request.response().setStatusCode(answer.statusCode());
    answer.headers().forEach((name, value) -> response.putHeader(name, value));
    if (request.method().equals(HttpMethod.HEAD)) {
      return response.end();
    }
    if (fault == null) {
      return answer.pipeTo(response);
    }
    var length = answer.getHeader("Content-Length");
    var half = length == null ? 1 : Long.parseLong(length) / 2;
    var sent = new long[1];
    answer.handler(
        bytes -> {
          if (sent[0] < half) {
            sent[0] += bytes.length();
            response.write(bytes);
          } else {
            request.connection().close();
          }
        });
    return answer.end().onSuccess(v -> request.connection().close());
  }
}
