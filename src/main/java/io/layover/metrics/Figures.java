package io.layover.metrics;

import io.layover.trace.Otlp;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Map;

/**
 * Everything that is counted, and how Prometheus reads it. Parts count into {@link #registry()};
 * nothing is added up before someone asks.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Prometheus,
 *     Exposition formats</a>
 */
public final class Figures implements AutoCloseable {
  /** The media type of {@link #text()}. */
  public static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";

  private final PrometheusMeterRegistry prometheus =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final MeterRegistry registry;
  private final JvmGcMetrics collections = new JvmGcMetrics();

  /**
   * Begins to count.
   *
   * @param environment says whether a collector is sent the figures, too
   * @throws IllegalArgumentException with a sentence that names a variable that cannot be used
   */
  public Figures(Map<String, String> environment) {
    registry =
        Otlp.isWanted(environment, "METRICS")
            ? new CompositeMeterRegistry(
                Clock.SYSTEM, List.of(prometheus, new Push(environment).start()))
            : prometheus;
  }

  /** Fails as the constructor would of these variables; nothing is counted or sent. */
  public static void check(Map<String, String> environment) {
    if (Otlp.isWanted(environment, "METRICS")) {
      new Push(environment).requireValid();
    }
  }

  /** True if someone is sent the figures without asking. */
  public boolean arePushed() {
    return !registry.equals(prometheus);
  }

  public MeterRegistry registry() {
    return registry;
  }

  /** Adds the figures of the process and of its virtual machine. */
  public void watchProcess() {
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    collections.bindTo(registry);
    ResidentMemory.watch(registry);
  }

  /** All figures as they stand, in Prometheus's text format. */
  public String text() {
    return prometheus.scrape();
  }

  @Override
  public void close() {
    collections.close();
    registry.close();
  }
}
