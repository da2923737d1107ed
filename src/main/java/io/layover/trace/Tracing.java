package io.layover.trace;

import io.vertx.core.spi.VertxTracerFactory;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Traces of requests, as the variables say that every program with OpenTelemetry knows. While these
 * ask for none, no class of it is loaded.
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
    return Otlp.isWanted(environment, "TRACES") ? Export.start(environment, version) : null;
  }
}
