package io.layover.standin;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.ResourceSpans;
import io.opentelemetry.proto.trace.v1.Span;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;

/** A collector of traces and figures on loopback: OTLP over HTTP, as protobuf. */
public final class Collector implements AutoCloseable {
  private final List<ResourceSpans> received = new CopyOnWriteArrayList<>();
  private final List<Metric> figures = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  /** A span as it came. */
  public record Seen(Span span) {
    public String name() {
      return span.getName();
    }

    public String trace() {
      return hex(span.getTraceId());
    }

    public String id() {
      return hex(span.getSpanId());
    }

    public String parent() {
      return hex(span.getParentSpanId());
    }

    public boolean isServer() {
      return span.getKind() == Span.SpanKind.SPAN_KIND_SERVER;
    }

    public boolean isClient() {
      return span.getKind() == Span.SpanKind.SPAN_KIND_CLIENT;
    }

    public Map<String, String> attributes() {
      return texts(span.getAttributesList());
    }

    /** An attribute as text; empty if it is not there. */
    public String attribute(String key) {
      return attributes().getOrDefault(key, "");
    }

    /** The spans of other requests that it points to. */
    public List<String> links() {
      return span.getLinksList().stream().map(link -> hex(link.getSpanId())).toList();
    }
  }

  private Collector(Vertx vertx) {
    server = vertx.createHttpServer().requestHandler(this::receive);
    server.listen(0, "127.0.0.1").await();
  }

  public static Collector start(Vertx vertx) {
    return new Collector(vertx);
  }

  /** Its address, as in {@code OTEL_EXPORTER_OTLP_ENDPOINT}. */
  public String url() {
    return "http://127.0.0.1:" + server.actualPort();
  }

  private void receive(HttpServerRequest request) {
    request
        .body()
        .onSuccess(body -> request.response().setStatusCode(take(request.path(), body)).end());
  }

  private int take(String path, Buffer body) {
    try {
      switch (path) {
        case "/v1/traces" ->
            received.addAll(
                ExportTraceServiceRequest.parseFrom(body.getBytes()).getResourceSpansList());
        case "/v1/metrics" ->
            ExportMetricsServiceRequest.parseFrom(body.getBytes()).getResourceMetricsList().stream()
                .flatMap(all -> all.getScopeMetricsList().stream())
                .forEach(all -> figures.addAll(all.getMetricsList()));
        default -> {
          return 404;
        }
      }
      return 200;
    } catch (InvalidProtocolBufferException e) {
      return 400;
    }
  }

  /** The figures of this name so far, each as often as it was sent. */
  public List<Metric> figures(String name) {
    return figures.stream().filter(figure -> figure.getName().equals(name)).toList();
  }

  /** All spans so far. */
  public List<Seen> spans() {
    return received.stream()
        .flatMap(all -> all.getScopeSpansList().stream())
        .flatMap(all -> all.getSpansList().stream())
        .map(Seen::new)
        .toList();
  }

  /** The spans of this name so far. */
  public List<Seen> spans(String name) {
    return spans().stream().filter(span -> span.name().equals(name)).toList();
  }

  /** What is said of the program that sends them. */
  public Map<String, String> program() {
    return texts(received.getFirst().getResource().getAttributesList());
  }

  /** Everything that was received, for who looks for what must not be in it. */
  public String text() {
    return received.toString();
  }

  private static Map<String, String> texts(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(Collectors.toMap(KeyValue::getKey, pair -> text(pair.getValue())));
  }

  private static String text(AnyValue value) {
    return value.hasIntValue() ? Long.toString(value.getIntValue()) : value.getStringValue();
  }

  private static String hex(ByteString bytes) {
    return HexFormat.of().formatHex(bytes.toByteArray());
  }

  @Override
  public void close() {
    server.close().await();
  }
}
