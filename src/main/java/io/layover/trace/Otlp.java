package io.layover.trace;

import java.util.List;
import java.util.Map;

/**
 * What the variables of OpenTelemetry say of a collector.
 *
 * @see <a href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/">
 *     OpenTelemetry, Environment Variables</a>
 */
public final class Otlp {
  private Otlp() {}

  /**
   * Whether a collector is to be sent this.
   *
   * @param signal {@code TRACES} or {@code METRICS}
   * @throws IllegalArgumentException with a sentence that names the variable that asks for
   *     something else
   */
  public static boolean isWanted(Map<String, String> environment, String signal) {
    if (text(environment, "OTEL_SDK_DISABLED").equalsIgnoreCase("true")) {
      return false;
    }
    var variable = "OTEL_" + signal + "_EXPORTER";
    var exporter = text(environment, variable);
    var wanted =
        switch (exporter) {
          case "otlp" -> true;
          case "none" -> false;
          case "" ->
              !text(environment, "OTEL_EXPORTER_OTLP_ENDPOINT").isEmpty()
                  || !text(environment, "OTEL_EXPORTER_OTLP_" + signal + "_ENDPOINT").isEmpty();
          default ->
              throw new IllegalArgumentException(
                  "%s is \"%s\"; otlp and none are served".formatted(variable, exporter));
        };
    if (wanted) {
      for (var prefix : List.of("OTEL_EXPORTER_OTLP_", "OTEL_EXPORTER_OTLP_" + signal + "_")) {
        requireHttp(environment, prefix + "PROTOCOL");
        requireUrl(environment, prefix + "ENDPOINT");
        requirePairs(environment, prefix + "HEADERS");
      }
      requirePairs(environment, "OTEL_RESOURCE_ATTRIBUTES");
    }
    return wanted;
  }

  private static void requireHttp(Map<String, String> environment, String variable) {
    var protocol = text(environment, variable);
    if (!List.of("", "http/protobuf").contains(protocol)) {
      throw new IllegalArgumentException(
          "%s is \"%s\"; http/protobuf is served, which collectors take at port 4318"
              .formatted(variable, protocol));
    }
  }

  private static void requireUrl(Map<String, String> environment, String variable) {
    if (!text(environment, variable).matches("|(?i)https?://[^/\\s]\\S*")) {
      throw new IllegalArgumentException(variable + " must be a URL of http or https");
    }
  }

  /** Does not say what is there instead, as headers are secrets. */
  private static void requirePairs(Map<String, String> environment, String variable) {
    if (!text(environment, variable).matches("|[^=,]+=[^,]*(,[^=,]+=[^,]*)*")) {
      throw new IllegalArgumentException(variable + " must be key=value,…");
    }
  }

  /** A variable; empty if it is not set, which means the same. */
  public static String text(Map<String, String> environment, String variable) {
    return environment.getOrDefault(variable, "");
  }
}
