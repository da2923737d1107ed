package io.layover;

import io.layover.config.AuthFileReader;
import io.layover.config.ConfigException;
import io.layover.config.ConfigReader;
import io.layover.log.Logs;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves until it is told to stop: what a configuration file makes of it. */
final class Serving {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);

  /** What closing takes beyond the time that running transfers are given. */
  private static final long SLACK_SECONDS = 5;

  private Serving() {}

  /**
   * Serves; returns only if it cannot, with the program's exit code, and says why.
   *
   * @param file null: there is only the environment
   */
  static int run(@Nullable Path file, Consumer<String> complaints) throws InterruptedException {
    Running server;
    try {
      server = start(file);
    } catch (ConfigException e) {
      e.problems().forEach(complaints);
      return 1;
    } catch (StartException e) {
      complaints.accept("layover cannot start: " + e.getMessage());
      return 1;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
    new CountDownLatch(1).await();
    return 0;
  }

  /** docker_auth's file makes a token server, any other a registry. */
  private static Running start(@Nullable Path file) throws StartException {
    if (file != null && AuthFileReader.isOne(file)) {
      return TokenServer.start(file);
    }
    var effective = ConfigReader.read(file, System.getenv());
    Logs.apply(effective.log());
    effective.warnings().forEach(LOG::warn);
    return Server.start(effective);
  }

  /** Runs when a signal ends the program, which then counts as a success. */
  private static void stop(Running server) {
    var limit = server.drainTimeout().toSeconds() + SLACK_SECONDS;
    LOG.info("stops; transfers that are running have {} s", server.drainTimeout().toSeconds());
    try {
      server.close().await(limit, TimeUnit.SECONDS);
    } catch (java.util.concurrent.TimeoutException e) {
      LOG.warn("some transfers did not finish in time and were cut");
    }
    Logs.flush();
    Runtime.getRuntime().halt(0);
  }
}
