package io.layover;

import io.layover.config.ConfigReader;
import io.layover.demo.Demo;
import io.layover.log.Logs;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the main job without any network. */
@Command(
    name = "demo",
    description =
        "Shows what a mirror does and saves, without any network: an upstream, a mirror in front"
            + " of it and twenty clients, all on this machine.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {
  @Option(names = "--once", description = "Ends when everything was shown, instead of serving on.")
  private boolean once;

  @Option(names = "--log", description = "Shows the mirror's log, too.")
  private boolean log;

  @Option(names = "--busy", hidden = true, description = "There is more to do: for deploy/train.")
  private boolean busy;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException, InterruptedException {
    var out = spec.commandLine().getOut();
    var directory = Files.createTempDirectory("layover-demo");
    var vertx = Vertx.vertx();
    var servers = new java.util.ArrayList<Server>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory), "clean-up"));
    Demo.run(
        out,
        vertx,
        directory,
        busy,
        url -> {
          var mirror = mirror(url, directory.resolve("mirror"));
          servers.add(mirror);
          return "http://127.0.0.1:" + mirror.port();
        });
    if (!once) {
      out.printf(
          "%nThe mirror keeps serving at 127.0.0.1:%d; try%n"
              + "  skopeo inspect --tls-verify=false docker://127.0.0.1:%d/demo/app%n"
              + "Ctrl-C ends it.%n",
          servers.getFirst().port(), servers.getFirst().port());
      out.flush();
      Thread.currentThread().join();
    }
    servers.forEach(server -> server.close().await());
    vertx.close().await();
    return 0;
  }

  /** Configured as {@code serve} would be: by a file and the environment. */
  private Server mirror(String upstream, Path directory) {
    try {
      var file = Files.createDirectories(directory).resolve("mirror.yml");
      Files.writeString(
          file,
          """
          version: 0.1
          log:
            level: %s
            accesslog: {disabled: %s}
          http: {addr: 127.0.0.1:0}
          """
              .formatted(log ? "info" : "error", !log));
      var config =
          ConfigReader.read(
              file,
              Map.of(
                  "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
                  directory.toString(),
                  "REGISTRY_PROXY_REMOTEURL",
                  upstream));
      Logs.apply(config.log());
      return Server.start(config);
    } catch (IOException | StartException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void delete(Path directory) {
    try (var files = Files.walk(directory)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      System.err.println("could not delete " + directory + ": " + e.getMessage());
    }
  }
}
