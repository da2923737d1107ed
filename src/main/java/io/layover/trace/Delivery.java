package io.layover.trace;

import io.layover.log.Reason;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The way to the collector: says in the log when it is broken, and when it is whole again. */
final class Delivery implements SpanExporter {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
  private static final long QUIET_NANOS = Duration.ofMinutes(5).toNanos();

  private final SpanExporter collector;

  // Guarded by this.
  private long lost;
  private long lastSaid;

  Delivery(SpanExporter collector) {
    this.collector = collector;
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> spans) {
    var count = spans.size();
    var result = collector.export(spans);
    return result.whenComplete(
        () -> {
          if (result.isSuccess()) {
            delivered();
          } else {
            lost(count, result.getFailureThrowable());
          }
        });
  }

  private synchronized void delivered() {
    if (lost > 0) {
      LOG.info("traces are delivered again; {} spans were lost", lost);
      lost = 0;
    }
  }

  private synchronized void lost(int count, @Nullable Throwable cause) {
    var now = System.nanoTime();
    if (lost == 0 || now - lastSaid > QUIET_NANOS) {
      lastSaid = now;
      LOG.warn(
          "traces cannot be delivered: {}",
          Reason.of(cause == null ? new IOException("the collector refuses them") : cause));
    }
    lost += count;
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
