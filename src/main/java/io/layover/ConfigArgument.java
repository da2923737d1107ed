package io.layover;

import io.layover.config.Config;
import io.layover.config.ConfigReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Parameters;

/** The configuration file on the command line. */
final class ConfigArgument {
  private static final Path DEFAULT = Path.of("config/layover.yml");

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "CONFIG",
      description =
          "The configuration file. Default: config/layover.yml, or only the REGISTRY_ variables of"
              + " the environment where there is no such file.")
  private @Nullable Path file;

  /** The file, or null if there is only the environment. */
  @Nullable Path file() {
    return file == null ? otherwise() : file;
  }

  /** The file where none is named, or null if there is only the environment. */
  static @Nullable Path otherwise() {
    var home = System.getProperty("layover.home");
    var fallback = home == null ? DEFAULT : Path.of(home).resolve(DEFAULT);
    var onlyVariables =
        System.getenv().keySet().stream().anyMatch(name -> name.startsWith("REGISTRY_"));
    return onlyVariables || !Files.exists(fallback) ? null : fallback;
  }

  Config read() {
    return ConfigReader.read(file(), System.getenv());
  }
}
