package io.layover;

import io.layover.config.AuthFileReader;
import io.layover.config.ConfigException;
import io.layover.log.Logs;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Serves until it is told to stop. */
@Command(
    name = "serve",
    description =
        "Serves: a registry by distribution's configuration, or a token server by docker_auth's.",
    mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
  private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

  /** What closing takes beyond the time that running transfers are given. */
  private static final long SLACK_SECONDS = 5;

  @Mixin private ConfigArgument config = new ConfigArgument();
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws InterruptedException {
    Running server;
    try {
      server = start();
    } catch (ConfigException e) {
      e.problems().forEach(spec.commandLine().getErr()::println);
      return 1;
    } catch (StartException e) {
      spec.commandLine().getErr().println("layover cannot start: " + e.getMessage());
      return 1;
    }
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop"));
    new CountDownLatch(1).await();
    return 0;
  }

  /** docker_auth's file makes a token server, any other a registry. */
  private Running start() throws StartException {
    var file = config.file();
    if (file != null && AuthFileReader.isOne(file)) {
      return TokenServer.start(file);
    }
    var effective = config.read();
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
