package io.layover;

import io.layover.metrics.Figures;
import io.layover.trace.Tracing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs everything, and counts and traces what it does.
 *
 * @param tracing null: nothing is traced
 */
record Engine(Vertx vertx, Figures figures, @Nullable Tracing tracing) {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  /**
   * Starts it.
   *
   * @param environment says whether a collector is sent traces and figures
   * @throws StartException if it says so in a way that cannot be understood
   */
  static Engine start(Map<String, String> environment) throws StartException {
    try {
      var tracing = Tracing.by(environment, Layover.Version.text());
      return start(new Figures(environment), tracing);
    } catch (IllegalArgumentException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /** Fails as {@link #start} would of these variables; no collector is sent anything. */
  static void check(Map<String, String> environment) throws StartException {
    try {
      var tracing = Tracing.by(environment, Layover.Version.text());
      if (tracing != null) {
        tracing.close();
      }
      Figures.check(environment);
    } catch (IllegalArgumentException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  private static Engine start(Figures figures, @Nullable Tracing tracing) {
    if (tracing != null) {
      LOG.info("requests are traced, as the variables OTEL_… say");
    }
    var vertx = Vertx.builder().with(options());
    return new Engine(
        (tracing == null ? vertx : vertx.withTracer(tracing.factory())).build(), figures, tracing);
  }

  private static VertxOptions options() {
    return new VertxOptions()
        .setPreferNativeTransport(true)
        .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
        .setFileSystemOptions(
            new FileSystemOptions()
                .setFileCachingEnabled(false)
                .setClassPathResolvingEnabled(false));
  }

  /** Sends what is left to be sent, as far as that does not take long, and ends. */
  Future<Void> close() {
    var counted = CompletableFuture.runAsync(figures::close);
    var traced = tracing == null ? counted : tracing.close();
    return Future.join(Future.fromCompletionStage(counted), Future.fromCompletionStage(traced))
        .transform(sent -> vertx.close());
  }
}
