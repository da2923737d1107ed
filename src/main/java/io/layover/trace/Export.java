package io.layover.trace;

import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException;
import io.opentelemetry.sdk.resources.Resource;
import io.vertx.core.spi.VertxTracerFactory;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/** Sends spans to a collector: in batches, by a thread of its own, from a queue with an end. */
final class Export implements Tracing {
  /** How long the end of the program waits for the last spans to be taken. */
  private static final long FLUSH_SECONDS = 2;

  /** What is so where no variable says otherwise. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "otel.service.name", "layover",
          "otel.exporter.otlp.protocol", "http/protobuf",
          // What else clients send along is nothing for other people's servers.
          "otel.propagators", "tracecontext",
          "otel.attribute.value.length.limit", "1024");

  /** It would write past our log; {@link DeliveryLog} says what there is to say. */
  private static final Logger THEIRS = Logger.getLogger("io.opentelemetry");

  private static final Pattern PROPERTY = Pattern.compile("otel(?:\\.[a-z]+)+");

  private final OpenTelemetrySdk sdk;

  private Export(OpenTelemetrySdk sdk) {
    this.sdk = sdk;
  }

  /** As {@link Tracing#by}, where there is something to be traced. */
  static Export start(Map<String, String> environment, String version) {
    THEIRS.setLevel(Level.OFF);
    var properties = properties(environment);
    var program = Resource.builder().put("service.version", version).build();
    try {
      return new Export(
          AutoConfiguredOpenTelemetrySdk.builder()
              .addPropertiesCustomizer(read -> properties)
              .addResourceCustomizer((said, read) -> program.merge(said))
              .addSpanExporterCustomizer((exporter, read) -> new Delivery(exporter))
              .disableShutdownHook()
              .build()
              .getOpenTelemetrySdk());
    } catch (ConfigurationException e) {
      throw new IllegalArgumentException(
          "the variables OTEL_… cannot be used: " + variables(String.valueOf(e.getMessage())), e);
    }
  }

  private static Map<String, String> properties(Map<String, String> environment) {
    var properties = new HashMap<>(DEFAULTS);
    environment.forEach(
        (name, value) -> {
          if (name.startsWith("OTEL_") && !value.isEmpty()) {
            properties.put(name.toLowerCase(Locale.ROOT).replace('_', '.'), value);
          }
        });
    properties.put("otel.traces.exporter", "otlp");
    // Figures and the log go their own ways.
    properties.put("otel.metrics.exporter", "none");
    properties.put("otel.logs.exporter", "none");
    return properties;
  }

  /** Names them as the environment does: otel.bsp.schedule.delay is OTEL_BSP_SCHEDULE_DELAY. */
  private static String variables(String sentence) {
    return PROPERTY
        .matcher(sentence)
        .replaceAll(name -> name.group().toUpperCase(Locale.ROOT).replace('.', '_'));
  }

  @Override
  public VertxTracerFactory factory() {
    return options -> new Traces(sdk);
  }

  @Override
  public CompletionStage<Void> close() {
    var sent = new CompletableFuture<Void>();
    sdk.shutdown().whenComplete(() -> sent.complete(null));
    return sent.completeOnTimeout(null, FLUSH_SECONDS, TimeUnit.SECONDS);
  }
}
