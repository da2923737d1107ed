package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Blob;
import io.layover.storage.filesystem.FileBlob;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.List;

/** How bodies go out and come in. */
final class Bodies {
  private Bodies() {}

  /**
   * Sends bytes of a blob as the body, all of them if {@code length} is {@link Blob#UNKNOWN}. If
   * they break off, so does the connection: a client never takes half a body for the whole.
   */
  static Future<Void> send(HttpServerRequest request, Blob blob, long offset, long length) {
    var response = request.response();
    if (length == Blob.UNKNOWN) {
      response.setChunked(true);
    } else {
      response.putHeader("Content-Length", Long.toString(length));
    }
    var sent =
        blob instanceof FileBlob file && canSendFile(request)
            ? response.sendFile(file.channel(), offset, length)
            : blob.writeTo(response, offset, length).compose(v -> response.end());
    return resetOnFailure(sent, response);
  }

  private static boolean canSendFile(HttpServerRequest request) {
    return !request.isSSL() && request.version() != HttpVersion.HTTP_2;
  }

  /** Sends several parts of a blob as {@code multipart/byteranges}. */
  static Future<Void> sendParts(HttpServerRequest request, Blob blob, List<Range> ranges) {
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
    Future<Void> sent = Future.succeededFuture();
    for (var i = 0; i < ranges.size(); i++) {
      var head = heads.get(i);
      var range = ranges.get(i);
      sent =
          sent.compose(v -> response.write(head))
              .compose(v -> blob.writeTo(response, range.start(), range.length()));
    }
    return resetOnFailure(sent.compose(v -> response.end(end)), response);
  }

  private static Future<Void> resetOnFailure(Future<Void> sent, HttpServerResponse response) {
    return sent.onFailure(
        e -> {
          if (!response.closed()) {
            response.reset();
          }
        });
  }

  /** The whole body of a request, or {@code SIZE_TOO_LARGE} as soon as it has too many bytes. */
  static Future<Buffer> receive(HttpServerRequest request, int limit) {
    Promise<Buffer> whole = Promise.promise();
    var body = Buffer.buffer();
    new RequestBody(request).exceptionHandler(whole::tryFail);
    request.endHandler(v -> whole.tryComplete(body));
    request.handler(
        chunk -> {
          if (body.length() + chunk.length() <= limit) {
            body.appendBuffer(chunk);
          } else {
            whole.tryFail(
                new RegistryException(
                    ErrorCode.SIZE_TOO_LARGE, "the body has more than " + limit + " bytes"));
          }
        });
    request.resume();
    return whole.future();
  }

  /** Tells a client that waits for it to go on and send its body. */
  static void invite(HttpServerRequest request) {
    if ("100-continue".equalsIgnoreCase(request.getHeader("Expect"))) {
      request.response().writeContinue();
    }
  }
}
