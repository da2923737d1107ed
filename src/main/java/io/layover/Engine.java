package io.layover;

import io.layover.trace.Tracing;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What runs everything.
 *
 * @param tracing null: nothing is traced
 */
record Engine(Vertx vertx, @Nullable Tracing tracing) {
  private static final Logger LOG = LoggerFactory.getLogger(Engine.class);

  /**
   * Starts it.
   *
   * @param environment says whether there are traces, and where they go
   * @throws StartException if it says so in a way that cannot be understood
   */
  static Engine start(Map<String, String> environment) throws StartException {
    Tracing tracing;
    try {
      tracing = Tracing.by(environment, Layover.Version.text());
    } catch (IllegalArgumentException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
    if (tracing != null) {
      LOG.info("requests are traced, as the variables OTEL_… say");
    }
    var vertx = Vertx.builder().with(options());
    return new Engine(
        (tracing == null ? vertx : vertx.withTracer(tracing.factory())).build(), tracing);
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

  Future<Void> close() {
    return tracing == null
        ? vertx.close()
        : Future.fromCompletionStage(tracing.close()).eventually(vertx::close);
  }
}
