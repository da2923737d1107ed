package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** {@code ./layover}, as it runs from a source tree. */
class LauncherIT {
  private static final String LAUNCHER = Path.of("layover").toAbsolutePath().toString();
  private static final Path CACHE = Path.of("target", "layover.aot").toAbsolutePath();

  /** The JVM says nothing of a cache that it cannot use, unless it must. */
  @Test
  void startsFromAnAheadOfTimeCacheThatFits() {
    var first = Command.of(LAUNCHER, "--version").run().orFail();
    assertTrue(first.contains("layover "), first);
    var strict =
        Command.of(LAUNCHER, "--version")
            .env("LAYOVER_JAVA_OPTS", "-XX:AOTMode=on -XX:AOTCache=" + CACHE);
    assertTrue(strict.run().orFail().startsWith("layover "));
  }

  @Test
  void startsWithoutItWhereFlagsDoNotFit() {
    var other =
        Command.of(LAUNCHER, "--version")
            .env("LAYOVER_JAVA_OPTS", "-XX:-UseSerialGC -XX:+UseParallelGC");
    assertTrue(other.run().orFail().contains("layover "));
  }
}
