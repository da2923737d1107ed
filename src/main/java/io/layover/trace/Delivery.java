package io.layover.trace;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.util.Collection;
import java.util.Objects;

/** The way of spans to the collector, with a word in the log when it is broken. */
final class Delivery implements SpanExporter {
  private final SpanExporter collector;
  private final DeliveryLog log = new DeliveryLog("traces");

  Delivery(SpanExporter collector) {
    this.collector = collector;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    var result = collector.export(spans);
    return result.whenComplete(
        () -> {
          if (result.isSuccess()) {
            log.delivered();
          } else {
            log.failed(
                Objects.requireNonNullElseGet(
                    result.getFailureThrowable(),
                    () -> new IOException("the collector refuses them")));
          }
        });
  }

  @Override
  public CompletableResultCode flush() {
    return collector.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return collector.shutdown();
  }
}
