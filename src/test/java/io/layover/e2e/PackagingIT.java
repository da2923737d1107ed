package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What operators run it by: compose file, image, systemd unit. */
class PackagingIT {
  private static final Path JAR = Path.of("target", "layover.jar").toAbsolutePath();

  @RealParts({"docker-compose"})
  @Test
  void composeFileIsGood() {
    var services =
        Command.of("docker-compose", "config", "--services").run().orFail().lines().toList();
    assertTrue(
        services.containsAll(
            List.of(
                "layover", "prometheus", "grafana", "layover-s3", "layover-auth", "layover-tls")),
        "" + services);
  }

  /**
   * What is mounted is there, or made by whoever chooses the profile: passwords and keys, which git
   * leaves alone.
   */
  @Test
  void composeFileMountsWhatIsThere() throws IOException {
    var mounts =
        Pattern.compile("- \\./([^:]+):").matcher(Files.readString(Path.of("docker-compose.yml")));
    var ignored = Files.readAllLines(Path.of(".gitignore"));
    for (var mount : mounts.results().map(match -> match.group(1)).toList()) {
      assertTrue(ignored.contains("/" + mount + "/") || Files.isDirectory(Path.of(mount)), mount);
    }
  }

  /**
   * The image's configuration, and what the services of the compose file make of it. A variable for
   * the storage replaces all that the file says of it, so deletion has to be said again.
   */
  @ParameterizedTest
  @ValueSource(strings = {"layover", "layover-s3", "layover-auth", "layover-tls"})
  void configurationOfTheImageIsGood(String service) throws IOException {
    var check = java("check", "config/image.yml");
    var services = fields(composeFile().get("services"));
    assertTrue(services.containsKey(service));
    fields(fields(services.get(service)).get("environment"))
        .forEach((name, value) -> check.env("" + name, "" + value));
    var printed = check.run().orFail();
    assertTrue(printed.contains("  delete:\n    enabled: true\n"), printed);
  }

  private static Map<?, ?> composeFile() throws IOException {
    var load = new Load(LoadSettings.builder().build());
    return fields(load.loadFromString(Files.readString(Path.of("docker-compose.yml"))));
  }

  private static Map<?, ?> fields(@Nullable Object node) {
    return node instanceof Map<?, ?> map ? map : Map.of();
  }

  private static Command java(String... arguments) {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Command.of(java, "-jar", JAR.toString()).with(arguments);
  }

  /** The image's Java has all modules that serving, pulling and pushing need, and its flags fit. */
  @Test
  void runsOnTheModulesOfTheImage() throws IOException {
    var folder = Tools.freshFolder("image");
    var home = Path.of(System.getProperty("java.home"), "bin");
    Command.of(home.resolve("jlink").toString())
        .with("--add-modules", Files.readString(Path.of("deploy/jre-modules")).strip())
        .with("--strip-java-debug-attributes", "--no-header-files", "--no-man-pages")
        .with("--output", folder.resolve("java").toString())
        .run()
        .orFail();
    var java = folder.resolve("java/bin/java").toString();
    var cache = folder.resolve("layover.aot");
    var flags = "@" + Path.of("deploy/jvm.flags").toAbsolutePath();
    Command.of(
            Path.of("deploy/train").toAbsolutePath().toString(),
            java,
            JAR.toString(),
            cache.toString(),
            flags)
        // Who builds may have configured a server, whose address and data are not the demo's.
        .env("REGISTRY_HTTP_ADDR", "nowhere")
        .run()
        .orFail();
    assertTrue(Files.size(cache) > 1 << 20);
    var version =
        Command.of(java, flags, "-XX:AOTMode=on", "-XX:AOTCache=" + cache, "-jar", JAR.toString())
            .with("--version");
    assertTrue(version.run().orFail().startsWith("layover "));
  }

  /** What the Dockerfile copies is there, and not kept from the build. */
  @Test
  void imageIsMadeOfWhatIsThere() throws IOException {
    var let =
        Files.readAllLines(Path.of(".dockerignore")).stream()
            .filter(line -> line.startsWith("!"))
            .map(line -> line.substring(1))
            .toList();
    var copies =
        Pattern.compile("(?m)^COPY (?!--)(.+) \\S+$")
            .matcher(Files.readString(Path.of("Dockerfile")))
            .results()
            .flatMap(copy -> Arrays.stream(copy.group(1).split(" ", -1)))
            .toList();
    assertTrue(copies.containsAll(List.of("pom.xml", "src", "deploy/jvm.flags")), "" + copies);
    for (var source : copies) {
      assertTrue(Files.exists(Path.of(source)), source);
      assertTrue(let.stream().anyMatch(source::startsWith), source);
    }
  }

  /** Flags of the JVM stand in deploy/jvm.flags, and nothing that is started repeats them. */
  @Test
  void flagsStandInOneFile() throws IOException {
    var flag = Pattern.compile("(?m)^[^#\n]*-X(?!X:AOT|log:aot).*");
    for (var file :
        List.of(
            "layover",
            "Dockerfile",
            "docker-compose.yml",
            "deploy/systemd/layover.service",
            "deploy/helm/layover/values.yaml",
            "deploy/helm/layover/templates/statefulset.yaml")) {
      var text = Files.readString(Path.of(file));
      assertEquals(List.of(), flag.matcher(text).results().map(MatchResult::group).toList(), file);
    }
    for (var file : List.of("layover", "Dockerfile", "deploy/systemd/layover.service")) {
      var text = Files.readString(Path.of(file));
      assertTrue(Pattern.compile("MALLOC_ARENA_MAX(:-|=)2\\b").matcher(text).find(), file);
    }
  }

  /** As docs/operations.md says of larger heaps. */
  @Test
  void whatAnOperatorSetsWins() {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var flags =
        Command.of(java, "@deploy/jvm.flags", "-XX:+PrintFlagsFinal", "-version")
            .env("_JAVA_OPTIONS", "-Xmx300m");
    var heap = Pattern.compile(" MaxHeapSize += " + (300 << 20) + " ");
    assertTrue(heap.matcher(flags.run().orFail()).find());
  }

  @RealParts({"systemd-analyze"})
  @Test
  void systemdUnitIsGood() throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var unit = Tools.freshFolder("systemd").resolve("layover.service");
    var text = Files.readString(Path.of("deploy/systemd/layover.service"));
    Files.writeString(unit, text.replace("/opt/layover/java/bin/java", java));
    var verified =
        Command.of("systemd-analyze", "verify", "--man=no", unit.toString()).run().orFail();
    assertEquals("", verified);
    // Out of 100, of which the network that it needs and the rights of a JVM are 15.
    Command.of("systemd-analyze", "security", "--offline=yes", "--threshold=20", unit.toString())
        .run()
        .orFail();
  }

  @Test
  void tellsWhetherARunningOneIsReady() {
    var port = Tools.freePort();
    var url = "http://127.0.0.1:" + port;
    assertEquals(1, java("ready", url).run().exit());
    try (var server =
        LayoverProcess.create().env("REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:" + port).start()) {
      assertEquals("{}\n", java("ready", url).run().orFail(), server.output());
    }
    assertTrue(java("ready", "file:/tmp").run().output().contains("not an HTTP address"));
  }

  @Test
  void tellsWhyARunningOneIsNotReady() throws IOException {
    var down = Files.createFile(Tools.freshFolder("ready").resolve("down"));
    var port = Tools.freePort();
    try (var server =
        LayoverProcess.create()
            .env("REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:" + port)
            .env("REGISTRY_HEALTH_FILE", "[{file: '" + down + "', interval: 10ms}]")
            .start()) {
      var told = "";
      for (var i = 0; i < 50 && !told.contains(down.toString()); i++) {
        var asked = java("ready", "http://127.0.0.1:" + port).run();
        told = asked.output();
        assertEquals(told.startsWith("{}") ? 0 : 1, asked.exit(), server.output());
      }
      assertTrue(told.contains(down.toString()), told);
    }
  }
}
