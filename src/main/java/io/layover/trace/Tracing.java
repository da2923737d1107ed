package io.layover.trace;

import io.vertx.core.spi.VertxTracerFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Traces of requests, as the variables say that every program with OpenTelemetry knows. While these
 * ask for none, no class of it is loaded.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">
 *     OpenTelemetry, Environment Variables</a>
 */
public interface Tracing {
  /** What Vert.x begins and ends spans by. */
  VertxTracerFactory factory();

  /** Sends what is left, as far as that does not take long. */
  CompletionStage<Void> close();

  /**
   * What these variables ask for; null if they ask for nothing.
   *
   * @param version of this program
   * @throws IllegalArgumentException with a sentence that names the variable
   */
  static @Nullable Tracing by(Map<String, String> environment, String version) {
    return isOn(environment) ? Export.start(environment, version) : null;
  }

  private static boolean isOn(Map<String, String> environment) {
    if ("true".equalsIgnoreCase(environment.get("OTEL_SDK_DISABLED"))) {
      return false;
    }
    var exporter = environment.getOrDefault("OTEL_TRACES_EXPORTER", "");
    return switch (exporter) {
      case "otlp" -> true;
      case "none" -> false;
      case "" ->
          List.of("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").stream()
              .anyMatch(name -> !environment.getOrDefault(name, "").isEmpty());
      default ->
          throw new IllegalArgumentException(
              "OTEL_TRACES_EXPORTER is \"%s\"; otlp and none are served".formatted(exporter));
    };
  }
}
