package io.layover;

import io.layover.config.ConfigReader;
import io.layover.demo.Demo;
import io.layover.log.Logs;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
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

  /** For deploy/train: a JVM that is to learn what servers do should see no client's work. */
  @Parameters(
      hidden = true,
      description = "The mirror is a program with more to do, begun by this.")
  private List<String> program = List.of();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException, InterruptedException {
    var out = spec.commandLine().getOut();
    var directory = Files.createTempDirectory("layover-demo");
    var vertx = Vertx.vertx();
    var mirrors = new ArrayList<Mirror>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory), "clean-up"));
    Demo.run(
        out,
        vertx,
        directory,
        !program.isEmpty(),
        url -> {
          var mirror = mirror(url, directory.resolve("mirror"));
          mirrors.add(mirror);
          return "http://127.0.0.1:" + mirror.port();
        });
    if (!once) {
      out.printf(
          "%nThe mirror keeps serving at 127.0.0.1:%d; try%n"
              + "  skopeo inspect --tls-verify=false docker://127.0.0.1:%d/demo/app%n"
              + "Ctrl-C ends it.%n",
          mirrors.getFirst().port(), mirrors.getFirst().port());
      out.flush();
      Thread.currentThread().join();
    }
    mirrors.forEach(mirror -> mirror.close().run());
    vertx.close().await();
    return 0;
  }

  private record Mirror(int port, Runnable close) {}

  /** Configured as {@code serve} would be: by a file and the environment. */
  private Mirror mirror(String upstream, Path directory) {
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
          proxy: {hosted: ["%s**"]}
          """
              .formatted(log ? "info" : "error", !log, Demo.PUSHED));
      var environment =
          Map.of(
              "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
              directory.toString(),
              "REGISTRY_PROXY_REMOTEURL",
              upstream);
      if (!program.isEmpty()) {
        var process = MirrorProcess.start(program, file, environment);
        return new Mirror(process.port(), process::close);
      }
      var config = ConfigReader.read(file, environment);
      Logs.apply(config.log());
      var server = Server.start(config);
      return new Mirror(server.port(), () -> server.close().await());
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
