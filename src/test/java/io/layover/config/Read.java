package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Reads configurations from text, as tests write them. */
final class Read {
  private Read() {}

  /** Of a file with this text. */
  static Config file(String yaml) {
    return file(yaml, Map.of());
  }

  static Config file(String yaml, Map<String, String> environment) {
    try {
      var directory = Files.createTempDirectory("config");
      var file = Files.writeString(directory.resolve("config.yml"), yaml);
      try {
        return ConfigReader.read(file, environment);
      } catch (ConfigException e) {
        var named = e.problems().stream().map(p -> p.replace(directory + "/", "")).toList();
        throw new ConfigException(named);
      } finally {
        Files.delete(file);
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Config environment(Map<String, String> environment) {
    return ConfigReader.read(null, environment);
  }

  /** The problems of a file; its name is {@code config.yml}. */
  static List<String> problems(String yaml) {
    return problems(yaml, Map.of());
  }

  static List<String> problems(String yaml, Map<String, String> environment) {
    return assertThrows(ConfigException.class, () -> file(yaml, environment)).problems();
  }

  /** A file of the test resources or of {@code config/}. */
  static Config path(String path) {
    return ConfigReader.read(Path.of(path), Map.of());
  }
}
