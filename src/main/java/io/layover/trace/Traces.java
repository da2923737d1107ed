package io.layover.trace;

import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.Tracer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.spi.observability.HttpRequest;
import io.vertx.core.spi.observability.HttpResponse;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import io.vertx.tracing.opentelemetry.OpenTelemetryOptions;
import io.vertx.tracing.opentelemetry.OpenTelemetryTracingFactory;
import io.vertx.tracing.opentelemetry.Operation;
import io.vertx.tracing.opentelemetry.VertxContextStorageProvider.VertxContextStorage;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The spans of requests that are answered and sent, which Vert.x begins and ends, and those of the
 * steps between. What is said of a request is ours ({@link Conventions}): Vert.x would tell whole
 * URLs, signatures included.
 */
final class Traces implements VertxTracer<Operation, Operation> {
  /** Shorter work is not worth a span of its own. */
  private static final Duration SLOW = Duration.ofMillis(10);

  private final VertxTracer<Operation, Operation> requests;
  private final Tracer tracer;

  private record Marked(SpanContext span) implements Spans.Mark {}

  @SuppressWarnings("unchecked") // the factory does not tell what its tracer's spans are
  Traces(OpenTelemetry telemetry) {
    this.requests =
        (VertxTracer<Operation, Operation>)
            new OpenTelemetryTracingFactory(telemetry).tracer(new OpenTelemetryOptions());
    this.tracer = telemetry.getTracer("io.layover");
  }

  static Traces of(ContextInternal context) {
    return (Traces) context.tracer();
  }

  @Override
  public <R> @Nullable Operation receiveRequest(
      Context context,
      SpanKind kind,
      TracingPolicy policy,
      R request,
      String operation,
      Iterable<Map.Entry<String, String>> headers,
      TagExtractor<R> tags) {
    var begun =
        requests.receiveRequest(
            context, kind, policy, request, operation, headers, TagExtractor.empty());
    if (begun != null && request instanceof HttpServerRequest http) {
      Conventions.received(begun.span(), http);
    }
    return begun;
  }

  @Override
  public <R> void sendResponse(
      Context context,
      @Nullable R response,
      @Nullable Operation begun,
      @Nullable Throwable failure,
      TagExtractor<R> tags) {
    if (begun != null) {
      if (response instanceof HttpServerResponse http) {
        Conventions.answered(begun.span(), http.getStatusCode());
      }
      Conventions.failed(begun.span(), failure);
      requests.sendResponse(context, null, begun, null, TagExtractor.empty());
    }
  }

  @Override
  public <R> @Nullable Operation sendRequest(
      Context context,
      SpanKind kind,
      TracingPolicy policy,
      R request,
      String operation,
      BiConsumer<String, String> headers,
      TagExtractor<R> tags) {
    var begun =
        requests.sendRequest(
            context, kind, policy, request, operation, headers, TagExtractor.empty());
    if (begun != null && request instanceof HttpRequest http) {
      Conventions.sent(begun.span(), http);
    }
    return begun;
  }

  @Override
  public <R> void receiveResponse(
      Context context,
      @Nullable R response,
      @Nullable Operation begun,
      @Nullable Throwable failure,
      TagExtractor<R> tags) {
    if (begun != null) {
      if (response instanceof HttpResponse http) {
        Conventions.gotAnswer(begun.span(), http.statusCode());
      }
      Conventions.failed(begun.span(), failure);
      requests.receiveResponse(context, null, begun, null, TagExtractor.empty());
    }
  }

  <T> Future<T> within(
      ContextInternal context,
      String name,
      Predicate<Throwable> isTrouble,
      Supplier<Future<T>> work) {
    var parent = recorded();
    if (parent == null) {
      return work.get();
    }
    var span = tracer.spanBuilder(name).setParent(parent).startSpan();
    // A context of its own: what the request does beside this step is no part of it.
    var inner = context.duplicate(true);
    VertxContextStorage.INSTANCE.attach(inner, parent.with(span));
    Promise<T> outcome = context.promise();
    inner.dispatch(
        v ->
            Future.succeededFuture()
                .compose(begun -> work.get())
                .onComplete(
                    done -> {
                      if (done.failed() && isTrouble.test(done.cause())) {
                        Conventions.failed(span, done.cause());
                      }
                      span.end();
                      outcome.handle(done);
                    }));
    return outcome.future();
  }

  <T> Future<T> ifSlow(String name, Supplier<Future<T>> work) {
    var parent = recorded();
    if (parent == null) {
      return work.get();
    }
    var began = Instant.now();
    return work.get()
        .onComplete(
            done -> {
              var ended = Instant.now();
              if (Duration.between(began, ended).compareTo(SLOW) >= 0) {
                var span =
                    tracer.spanBuilder(name).setParent(parent).setStartTimestamp(began).startSpan();
                span.end(ended);
              }
            });
  }

  static void route(String method, String route) {
    Span.current().updateName(method + " " + route).setAttribute(Conventions.ROUTE, route);
  }

  static void note(String key, String value) {
    Span.current().setAttribute(key, value);
  }

  static Spans.Mark here() {
    return new Marked(Span.current().getSpanContext());
  }

  static void link(Spans.Mark other) {
    Span.current().addLink(((Marked) other).span);
  }

  /** Where the current step stands, if it is one that is recorded. */
  private static io.opentelemetry.context.@Nullable Context recorded() {
    var current = VertxContextStorage.INSTANCE.current();
    return current != null && Span.fromContext(current).isRecording() ? current : null;
  }
}
