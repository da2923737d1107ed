package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LayoverTest {
  @TempDir Path directory;

  @ParameterizedTest(name = "layover {0} -> plain: {1}")
  @CsvSource({
    "serve, true",
    "serve config/layover.yml, true",
    "ready, true",
    "ready http://127.0.0.1:5001, true",
    "ready --help, false",
    "serve --help, false",
    "serve -V, false",
    "serve @arguments, false",
    "serve a.yml b.yml, false",
    "check, false",
    "check a.yml, false",
    "--version, false",
    "'', false",
  })
  void knowsAPlainStart(String words, boolean isPlain) {
    assertEquals(isPlain, Layover.isPlain(words.split(" ")));
  }

  @Test
  void knowsThatNothingIsNoStart() {
    assertEquals(false, Layover.isPlain());
  }

  /** The plain way, and picocli's. */
  @ParameterizedTest
  @ValueSource(strings = {"serve", "serve --"})
  void refusesToStartOnABadConfiguration(String words) throws Exception {
    var ran = layover(words, "version: 0.1\nstorrage: {}\n").run();
    assertEquals(1, ran.exit(), ran.output());
    assertTrue(ran.output().contains("storrage"), ran.output());
    assertTrue(!ran.output().contains("\tat "), ran.output());
  }

  /** Variables of OpenTelemetry belong to the configuration, too. */
  @ParameterizedTest
  @ValueSource(strings = {"serve", "check"})
  void namesAVariableThatCannotBeUsed(String word) throws Exception {
    var ran =
        layover(
                word,
                "version: 0.1\nstorage: {filesystem: {rootdirectory: '%s'}}\n".formatted(directory))
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", "collector")
            .run();
    assertEquals(1, ran.exit(), ran.output());
    assertTrue(ran.output().contains("OTEL_EXPORTER_OTLP_ENDPOINT"), ran.output());
    assertTrue(!ran.output().contains("\tat "), ran.output());
  }

  private Command layover(String words, String configuration) throws IOException {
    var file = Files.writeString(directory.resolve("config.yml"), configuration);
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    return Command.of(java, "-cp", System.getProperty("java.class.path"), Layover.class.getName())
        .with(words.split(" "))
        .with(file.toString());
  }
}
