package io.layover.metrics;

import io.layover.trace.DeliveryLog;
import io.layover.trace.Otlp;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.ipc.http.HttpUrlConnectionSender;
import io.micrometer.registry.otlp.AggregationTemporality;
import io.micrometer.registry.otlp.OtlpConfig;
import io.micrometer.registry.otlp.OtlpHttpMetricsSender;
import io.micrometer.registry.otlp.OtlpMeterRegistry;
import io.micrometer.registry.otlp.OtlpMetricsSender;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The figures for a collector of OpenTelemetry, which is sent them once a minute by a thread of
 * their own.
 *
 * @param environment the variables that say which collector
 */
record Push(Map<String, String> environment) implements OtlpConfig {
  private static final String TEMPORALITY = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** Counts from now on, and sends until it is closed. */
  MeterRegistry start() {
    return OtlpMeterRegistry.builder(this).metricsSender(sender()).build();
  }

  private static OtlpMetricsSender sender() {
    var collector = new OtlpHttpMetricsSender(new HttpUrlConnectionSender(PATIENCE, PATIENCE));
    var log = new DeliveryLog("figures");
    return request -> {
      try {
        collector.send(request);
        log.delivered();
      } catch (Exception e) {
        // Whatever it throws: the registry would log it with its stack, each time.
        log.failed(e);
      }
    };
  }

  @Override
  public @Nullable String get(String key) {
    var value =
        switch (key) {
          case "otlp.headers" ->
              first("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS");
          case "otlp.resourceAttributes" -> Otlp.text(environment, "OTEL_RESOURCE_ATTRIBUTES");
          default -> "";
        };
    return value.isEmpty() ? null : value;
  }

  @Override
  public String url() {
    var whole = Otlp.text(environment, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT");
    var base = Otlp.text(environment, "OTEL_EXPORTER_OTLP_ENDPOINT");
    return whole.isEmpty()
        ? (base.isEmpty() ? "http://localhost:4318" : base).replaceFirst("/$", "") + "/v1/metrics"
        : whole;
  }

  @Override
  public Duration step() {
    var millis = Otlp.text(environment, "OTEL_METRIC_EXPORT_INTERVAL");
    if (!millis.matches("|[1-9][0-9]{0,11}")) {
      throw new IllegalArgumentException(
          "OTEL_METRIC_EXPORT_INTERVAL is \"%s\"; it must be a number of milliseconds"
              .formatted(millis));
    }
    return millis.isEmpty() ? Duration.ofMinutes(1) : Duration.ofMillis(Long.parseLong(millis));
  }

  @Override
  public AggregationTemporality aggregationTemporality() {
    var preference = Otlp.text(environment, TEMPORALITY);
    return switch (preference.toLowerCase(Locale.ROOT)) {
      case "", "cumulative" -> AggregationTemporality.CUMULATIVE;
      case "delta" -> AggregationTemporality.DELTA;
      default ->
          throw new IllegalArgumentException(
              "%s is \"%s\"; cumulative and delta are served".formatted(TEMPORALITY, preference));
    };
  }

  @Override
  public Map<String, String> resourceAttributes() {
    var all = new HashMap<>(OtlpConfig.super.resourceAttributes());
    all.putIfAbsent("service.name", "layover");
    var name = Otlp.text(environment, "OTEL_SERVICE_NAME");
    if (!name.isEmpty()) {
      all.put("service.name", name);
    }
    return all;
  }

  private String first(String variable, String otherwise) {
    var value = Otlp.text(environment, variable);
    return value.isEmpty() ? Otlp.text(environment, otherwise) : value;
  }
}
