package io.layover.config;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the configuration from a file, the environment, or both. */
public final class ConfigReader {
  private ConfigReader() {}

  /**
   * The configuration of {@code file}, with the {@code REGISTRY_…} variables of {@code environment}
   * laid over it; without a file, of the variables alone.
   *
   * @throws ConfigException with every problem there is
   */
  public static Config read(@Nullable Path file, Map<String, String> environment) {
    var problems = new Problems();
    var tree =
        file == null
            ? new Tree.Fields(Place.unwritten())
            : YamlFile.read(file, "; it needs at least version: 0.1", problems);
    Overrides.apply(tree, environment, problems);
    var root = Section.root(tree, problems);
    if (file != null) {
      checkVersion(root);
    }
    Unserved.refuse(tree, problems);
    Idle.warn(tree, problems);
    var config = Config.read(root, problems);
    problems.throwIfAny();
    return config;
  }

  private static void checkVersion(Section root) {
    var version = root.required("version");
    if (!version.isEmpty() && !version.equals("0.1")) {
      root.problem("version", "must be 0.1, the only one there is");
    }
  }
}
