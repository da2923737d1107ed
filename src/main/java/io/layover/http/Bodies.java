package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Blob;
import io.layover.storage.FileBacked;
import io.layover.storage.Piece;
import io.layover.storage.filesystem.FileBlob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.VertxConnection;
import io.vertx.core.streams.ReadStream;
import io.vertx.ext.web.RoutingContext;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** How bodies go out and come in. */
final class Bodies {
  /** HTTP/2's INTERNAL_ERROR: a client may take a reset without error for the end of the body. */
  static final long BROKEN = 2;

  /** Bytes of a body that leaves in one piece with its head. */
  private static final int SMALL = 16 << 10;

  private static final long MOST_DROPPED = 256 << 10;

  /** Enough for a client that sends all of a usual layer before it looks at the answer. */
  private static final long MOST_LINGERED = 72 << 20;

  private static final long LINGER_MILLIS = 10_000;

  private Bodies() {}

  /**
   * Sends bytes of a blob as the body, all of them if {@code length} is {@link Blob#UNKNOWN}. If
   * they break off, so does the connection: a client never takes half a body for the whole.
   */
  static Future<Void> send(RoutingContext ctx, Blob blob, long offset, long length) {
    var response = ctx.response();
    if (length == Blob.UNKNOWN) {
      response.setChunked(true);
    } else if (!response.headers().contains(Headers.CONTENT_LENGTH)) {
      response.putHeader(Headers.CONTENT_LENGTH, Long.toString(length));
    }
    RequestLog.transfer(ctx, RequestMeters.Direction.OUT);
    return breakOnFailure(sendBytes(ctx, blob, offset, length), ctx.request());
  }

  private static Future<Void> sendBytes(RoutingContext ctx, Blob blob, long offset, long length) {
    var response = ctx.response();
    if (blob instanceof FileBlob file && length <= SMALL) {
      return sendSmall(ctx, file, offset, (int) length);
    }
    if (blob instanceof FileBlob file && canSendFile(ctx.request())) {
      return Cork.during(
          ctx.request().connection(), length, () -> sendFile(response, file, offset, length));
    }
    // The head leaves at once: clients give up on an answer that has not begun in time.
    return response
        .writeHead()
        .compose(v -> writeBytes(ctx, blob, offset, length))
        .compose(v -> response.end());
  }

  /** Sends so few bytes that copying them costs less than a second call of the kernel. */
  private static Future<Void> sendSmall(
      RoutingContext ctx, FileBlob file, long offset, int length) {
    var known = file.inMemory(offset, length);
    if (known != null) {
      return ctx.response().end(known);
    }
    if (!canSendFile(ctx.request())) {
      return file.fetch(offset, length).compose(ctx.response()::end);
    }
    try {
      return ctx.response().end(file.read(offset, length));
    } catch (IOException e) {
      return Future.failedFuture(e);
    }
  }

  /** Sends a part of a file, which fails if the file has lost some of it. */
  private static Future<Void> sendFile(
      HttpServerResponse response, FileBlob file, long offset, long length) {
    return response
        .sendFile(file.channel(), offset, length)
        .compose(
            v ->
                response.bytesWritten() == length
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new EOFException(file.digest() + " is shorter than it was")));
  }

  private static Future<Void> writeBytes(RoutingContext ctx, Blob blob, long offset, long length) {
    if (blob instanceof FileBacked file
        && canSendFile(ctx.request())
        && ctx.request().connection() instanceof VertxConnection connection) {
      var body = new GrowingBody(connection, ctx.response(), file, offset, length);
      return body.send().onComplete(v -> RequestLog.sent(ctx, body.sent()));
    }
    return blob.writeTo(ctx.response(), offset, length);
  }

  private static boolean canSendFile(HttpServerRequest request) {
    return !request.isSSL() && request.version() != HttpVersion.HTTP_2;
  }

  /** Sends several parts of a blob as {@code multipart/byteranges}. */
  static Future<Void> sendParts(RoutingContext ctx, Blob blob, List<Range> ranges) {
    var request = ctx.request();
    var response = request.response();
    var boundary = "layover-" + Long.toHexString(System.nanoTime());
    var heads =
        ranges.stream()
            .map(
                range ->
                    "\r\n--%s\r\nContent-Type: application/octet-stream\r\nContent-Range: %s\r\n\r\n"
                        .formatted(boundary, range.contentRange(blob.size())))
            .toList();
    var end = "\r\n--" + boundary + "--\r\n";
    var length =
        heads.stream().mapToLong(String::length).sum()
            + ranges.stream().mapToLong(Range::length).sum()
            + end.length();
    response
        .putHeader("Content-Type", "multipart/byteranges; boundary=" + boundary)
        .putHeader("Content-Length", Long.toString(length));
    RequestLog.transfer(ctx, RequestMeters.Direction.OUT);
    Future<Void> sent = Future.succeededFuture();
    for (var i = 0; i < ranges.size(); i++) {
      var head = heads.get(i);
      var range = ranges.get(i);
      sent =
          sent.compose(v -> response.write(head))
              .compose(v -> blob.writeTo(response, range.start(), range.length()));
    }
    return breakOnFailure(sent.compose(v -> response.end(end)), request);
  }

  private static Future<Void> breakOnFailure(Future<Void> sent, HttpServerRequest request) {
    return sent.onFailure(
        e -> {
          if (request.response().ended()) {
            // Once a file is on its way the response counts as ended, and is not reset any more.
            request.connection().close();
          } else if (!request.response().closed()) {
            request.response().reset(BROKEN);
          }
        });
  }

  /** The whole body of a request, or {@code SIZE_TOO_LARGE} as soon as it has too many bytes. */
  static Future<Buffer> receive(HttpServerRequest request, int limit) {
    if (declaredLength(request) > limit) {
      return Future.failedFuture(tooLarge(limit));
    }
    Promise<Buffer> whole = Promise.promise();
    var body = Buffer.buffer();
    invite(request);
    var stream = new Body(request);
    stream.exceptionHandler(whole::tryFail);
    stream.endHandler(v -> whole.tryComplete(body));
    stream.handler(
        chunk -> {
          if (body.length() + chunk.length() <= limit) {
            body.appendBuffer(chunk);
          } else {
            stream.pause();
            whole.tryFail(tooLarge(limit));
          }
          Piece.release(chunk);
        });
    stream.resume();
    return whole.future();
  }

  private static RegistryException tooLarge(int limit) {
    return new RegistryException(
        ErrorCode.SIZE_TOO_LARGE, "the body has more than " + limit + " bytes");
  }

  /** The body of a request as a stream that someone will read in a moment. */
  static ReadStream<Buffer> stream(RoutingContext ctx) {
    invite(ctx.request());
    RequestLog.transfer(ctx, RequestMeters.Direction.IN);
    return new Body(ctx.request());
  }

  /**
   * Sees to what a client has still to send when it has its answer. A little is read and dropped,
   * so that the connection can go on. More is not worth it: the connection ends, but not at once,
   * as one that is closed on unread bytes takes the answer with it.
   */
  static void dropRest(RoutingContext ctx) {
    var request = ctx.request();
    if (!hasBody(request) || request.version() == HttpVersion.HTTP_2) {
      return;
    }
    takeIn(request, false);
    ctx.addHeadersEndHandler(
        v -> {
          if (!request.isEnded() && !isWorthReading(request)) {
            ctx.response().putHeader("Connection", "close");
          }
        });
    ctx.addEndHandler(
        answered -> {
          takeIn(request, true);
          if (answered.failed() || request.isEnded()) {
            return;
          }
          if (isWorthReading(request)) {
            request.resume();
          } else {
            linger(ctx);
          }
        });
  }

  /**
   * Lets a connection be read or not. For who has paused a request Vert.x reads on, up to 24
   * pieces.
   */
  static void takeIn(HttpServerRequest request, boolean on) {
    if (request.version() != HttpVersion.HTTP_2
        && request.connection() instanceof VertxConnection connection) {
      connection.channel().config().setAutoRead(on);
    }
  }

  private static void linger(RoutingContext ctx) {
    var request = ctx.request();
    var connection = request.connection();
    var left = new AtomicLong(MOST_LINGERED);
    ctx.vertx().setTimer(LINGER_MILLIS, t -> connection.close());
    request.exceptionHandler(e -> connection.close());
    request.endHandler(v -> connection.close());
    request.handler(
        chunk -> {
          if (left.addAndGet(-chunk.length()) < 0) {
            connection.close();
          }
          Piece.release(chunk);
        });
    request.resume();
  }

  private static boolean hasBody(HttpServerRequest request) {
    return request.headers().contains(HttpHeaders.TRANSFER_ENCODING) || declaredLength(request) > 0;
  }

  /** True if the rest is known to be small, and known to come. */
  private static boolean isWorthReading(HttpServerRequest request) {
    return !request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
        && !request.headers().contains(HttpHeaders.EXPECT)
        && declaredLength(request) <= MOST_DROPPED;
  }

  /** The length that the request declares, or 0. */
  private static long declaredLength(HttpServerRequest request) {
    var length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    return length == null ? 0 : Long.parseLong(length);
  }

  /** Tells a client that waits for it to go on and send its body. */
  private static void invite(HttpServerRequest request) {
    if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
      request.response().writeContinue();
    }
  }
}
