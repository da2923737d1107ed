package io.layover.trace;

import static io.opentelemetry.api.common.AttributeKey.longKey;
import static io.opentelemetry.api.common.AttributeKey.stringKey;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.observability.HttpRequest;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is said of requests. Queries, credentials and the words of exceptions are left out: they may
 * hold tokens, and the signatures with which content networks let clients in.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/semconv/http/http-spans/">Semantic conventions
 *     for HTTP spans</a>
 */
final class Conventions {
  static final AttributeKey<String> ROUTE = stringKey("http.route");

  private static final AttributeKey<String> METHOD = stringKey("http.request.method");
  private static final AttributeKey<Long> STATUS = longKey("http.response.status_code");
  private static final AttributeKey<String> SCHEME = stringKey("url.scheme");
  private static final AttributeKey<String> PATH = stringKey("url.path");
  private static final AttributeKey<String> URL = stringKey("url.full");
  private static final AttributeKey<String> SERVER = stringKey("server.address");
  private static final AttributeKey<Long> PORT = longKey("server.port");
  private static final AttributeKey<String> PEER = stringKey("network.peer.address");
  private static final AttributeKey<String> AGENT = stringKey("user_agent.original");
  private static final AttributeKey<String> ERROR = stringKey("error.type");

  /** Scheme, host, port and path; users, queries and fragments are no part of what is shown. */
  private static final Pattern SHOWN =
      Pattern.compile("(https?)://(?:[^/?#@]*@)?(\\[[^]]+]|[^/?#:@]+)(?::([0-9]{1,5}))?([^?#]*).*");

  /** Answers that clients of a registry or of S3 are used to. */
  private static final Set<Integer> ORDINARY = Set.of(401, 404, 412, 416);

  private Conventions() {}

  /** A client's request came. */
  static void received(Span span, HttpServerRequest request) {
    if (!span.isRecording()) {
      return;
    }
    span.setAttribute(METHOD, request.method().name());
    span.setAttribute(SCHEME, request.scheme());
    span.setAttribute(PATH, request.path());
    span.setAttribute(AGENT, request.getHeader("User-Agent"));
    span.setAttribute(PEER, host(request.remoteAddress()));
  }

  /** It was answered. */
  static void answered(Span span, int status) {
    span.setAttribute(STATUS, status);
    if (status >= 500) {
      trouble(span, Integer.toString(status));
    }
  }

  /** A request goes out. */
  static void sent(Span span, HttpRequest request) {
    if (!span.isRecording()) {
      return;
    }
    span.setAttribute(METHOD, request.method().name());
    span.setAttribute(PEER, host(request.remoteAddress()));
    var url = SHOWN.matcher(String.valueOf(request.absoluteURI()));
    if (url.matches()) {
      var tls = url.group(1).equals("https");
      var port = url.group(3) == null ? (tls ? "443" : "80") : url.group(3);
      span.setAttribute(SERVER, url.group(2));
      span.setAttribute(PORT, Long.parseLong(port));
      span.setAttribute(URL, url.group(1) + "://" + url.group(2) + ":" + port + url.group(4));
    }
  }

  /** It is answered. */
  static void gotAnswer(Span span, int status) {
    span.setAttribute(STATUS, status);
    if (status >= 400 && !ORDINARY.contains(status)) {
      trouble(span, Integer.toString(status));
    }
  }

  /** It did not work out. */
  static void failed(Span span, @Nullable Throwable failure) {
    if (failure != null) {
      trouble(span, failure.getClass().getName());
    }
  }

  private static void trouble(Span span, String kind) {
    span.setStatus(StatusCode.ERROR);
    span.setAttribute(ERROR, kind);
  }

  private static @Nullable String host(@Nullable SocketAddress address) {
    return address == null ? null : address.hostAddress();
  }
}
