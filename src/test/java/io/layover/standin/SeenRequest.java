package io.layover.standin;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/** A request that a stand-in received, and how far it was answered. */
public final class SeenRequest {
  private final String server;
  private final String method;
  private final String path;
  private final @Nullable String query;
  private final MultiMap headers;
  private final boolean certified;
  private final AtomicLong bytesSent = new AtomicLong();
  private volatile int status;
  private volatile boolean clientLeft;

  SeenRequest(String server, HttpServerRequest request) {
    this.server = server;
    method = request.method().name();
    path = pathOf(request);
    query = request.query();
    headers = MultiMap.caseInsensitiveMultiMap().addAll(request.headers());
    certified = isCertified(request);
    request.response().headersEndHandler(v -> status = request.response().getStatusCode());
    request.response().exceptionHandler(e -> clientLeft = true);
  }

  private static boolean isCertified(HttpServerRequest request) {
    try {
      return request.isSSL() && request.sslSession().getPeerCertificates().length > 0;
    } catch (SSLPeerUnverifiedException e) {
      return false;
    }
  }

  /** The path of a request; empty if its request line has none. */
  static String pathOf(HttpServerRequest request) {
    var path = request.path();
    return path == null ? "" : path;
  }

  /** Who received it: {@code registry}, {@code token} or {@code cdn}. */
  public String server() {
    return server;
  }

  public String method() {
    return method;
  }

  public String path() {
    return path;
  }

  public @Nullable String query() {
    return query;
  }

  public MultiMap headers() {
    return headers;
  }

  public @Nullable String range() {
    return headers.get("Range");
  }

  public boolean hadAuthorization() {
    return headers.contains("Authorization");
  }

  public @Nullable String authorization() {
    return headers.get("Authorization");
  }

  /** Whether the client showed a certificate. */
  public boolean hadCertificate() {
    return certified;
  }

  /** The status of the answer, 0 while there is none. */
  public int status() {
    return status;
  }

  /** Bytes of the body written so far. */
  public long bytesSent() {
    return bytesSent.get();
  }

  /** Whether the connection broke before the answer was complete. */
  public boolean clientLeft() {
    return clientLeft;
  }

  void sent(long bytes) {
    bytesSent.addAndGet(bytes);
  }

  @Override
  public String toString() {
    return "%s: %s %s%s -> %d, %d bytes%s"
        .formatted(
            server,
            method,
            path,
            range() == null ? "" : " [" + range() + "]",
            status,
            bytesSent(),
            hadAuthorization() ? ", authorized" : "");
  }
}
