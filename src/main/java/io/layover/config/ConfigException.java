package io.layover.config;

import java.util.List;

/**
 * A configuration that cannot be used. Its message has a line for every problem, with its place.
 */
public final class ConfigException extends RuntimeException {
  private final List<String> problems;

  ConfigException(List<String> problems) {
    // No stack trace: the place that matters is one in the configuration.
    super(String.join("\n", problems), null, false, false);
    this.problems = List.copyOf(problems);
  }

  /** The problems, at least one, such as {@code config.yml:3:7: http.adr: unknown key}. */
  public List<String> problems() {
    return problems;
  }
}
