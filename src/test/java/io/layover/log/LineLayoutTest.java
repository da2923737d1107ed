package io.layover.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.layover.oci.Digest;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.KeyValuePair;

class LineLayoutTest {
  private static final Logger LOGGER = new LoggerContext().getLogger("io.layover.Test");
  private static final Instant TIME = Instant.parse("2026-01-02T03:04:05.006789Z");

  private static String line(
      LineLayout.Form form,
      Map<String, String> fields,
      String message,
      @Nullable Throwable thrown,
      KeyValuePair... pairs) {
    var event = new LoggingEvent("test", LOGGER, Level.WARN, message, thrown, null);
    event.setInstant(TIME);
    for (var pair : pairs) {
      event.addKeyValuePair(pair);
    }
    return new LineLayout(form, fields).doLayout(event);
  }

  private static String text(String message, KeyValuePair... pairs) {
    return line(LineLayout.Form.TEXT, Map.of(), message, null, pairs);
  }

  private static KeyValuePair pair(String key, @Nullable Object value) {
    return new KeyValuePair(key, value);
  }

  @Test
  void writesText() {
    assertEquals(
        "time=2026-01-02T03:04:05.006Z level=warn msg=\"GET /v2/\" method=GET bytes=5 ms=0.25"
            + " service=registry\n",
        line(
            LineLayout.Form.TEXT,
            Map.of("service", "registry"),
            "GET /v2/",
            null,
            pair("method", "GET"),
            pair("bytes", 5L),
            pair("ms", 0.25)));
  }

  /** No line has a key twice. */
  @ParameterizedTest
  @EnumSource(LineLayout.Form.class)
  void takesTheValueThatIsConfigured(LineLayout.Form form) {
    var line = line(form, Map.of("level", "mine"), "hello", null, pair("method", "GET"));

    assertEquals(2, line.split("level", -1).length, line);
    assertTrue(line.contains("mine"), line);
    assertFalse(line.contains("warn"), line);
  }

  @Test
  void writesTimesToTheMillisecond() {
    var layout = new LineLayout(LineLayout.Form.TEXT, Map.of());
    for (var time :
        List.of(
            "2026-01-02T03:04:05.006Z",
            "2026-01-02T03:04:05.999Z",
            "2026-01-02T03:04:06.000Z",
            "2026-01-02T03:04:05.010Z")) {
      var event = new LoggingEvent("test", LOGGER, Level.INFO, "x", null, null);
      event.setInstant(Instant.parse(time));
      assertEquals("time=" + time + " level=info msg=x\n", layout.doLayout(event));
    }
  }

  @Test
  void writesJson() {
    var line =
        line(
            LineLayout.Form.JSON,
            Map.of("service", "registry"),
            "GET /v2/",
            null,
            pair("method", "GET"),
            pair("bytes", 5L),
            pair("ms", 0.25));

    assertTrue(line.endsWith("}\n"), line);
    assertEquals(
        new JsonObject()
            .put("time", "2026-01-02T03:04:05.006Z")
            .put("level", "warn")
            .put("msg", "GET /v2/")
            .put("method", "GET")
            .put("bytes", 5)
            .put("ms", 0.25)
            .put("service", "registry"),
        new JsonObject(line));
  }

  @Test
  void writesLogstash() {
    var json = new JsonObject(line(LineLayout.Form.LOGSTASH, Map.of(), "hello", null));

    assertEquals(Set.of("@timestamp", "@version", "level", "message"), json.fieldNames());
    assertEquals("2026-01-02T03:04:05.006Z", json.getString("@timestamp"));
    assertEquals("1", json.getString("@version"));
    assertEquals("hello", json.getString("message"));
  }

  @ParameterizedTest(name = "{0} -> {1}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
          """
          plain            => plain
          a/b:c@d.e_f-g+h^ => a/b:c@d.e_f-g+h^
          a b              => "a b"
          ``               => ""
          a=b              => "a=b"
          a"b              => "a\\"b"
          a\\b             => "a\\\\b"
          ü                => "ü"
          [a]              => "[a]"
          {a}              => "{a}"
          """)
  void quotesWhatNeedsIt(String value, String written) {
    assertEquals(
        "time=2026-01-02T03:04:05.006Z level=warn msg=x value=" + written + "\n",
        text("x", pair("value", value)));
  }

  /** Whatever a path, a user or an upstream says stays within its quotes and on its line. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v2/\ntime=2026 level=info msg=forged",
        "/v2/\r\nlevel=info",
        "/v2/\" status=200 user=admin msg=\"",
        "/v2/\\\" status=200 user=admin \\\\",
        "x status=200",
        "a\u0085b",
        "a\u2028b\u2029c",
        "a\u001b[2Jb",
        "a\u009b2Jb",
        "a\u0000b\u007fc",
        "tab\tand more",
      })
  void cannotBeForged(String value) {
    for (var line : List.of(text(value), text("x", pair("path", value)))) {
      assertEquals(1, line.lines().count(), line);
      assertTrue(line.endsWith("\"\n"), line);
      assertFalse(
          line.substring(0, line.length() - 1)
              .chars()
              .anyMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029),
          line);
      assertEquals(
          value.contains("\"") || value.contains("\\"),
          line.contains("\\\\") || line.contains("\\\""));
      assertEquals(0, unescapedQuotes(line) % 2);
    }
    for (var form : List.of(LineLayout.Form.JSON, LineLayout.Form.LOGSTASH)) {
      var line = line(form, Map.of(), value, null, pair("path", value));
      assertEquals(1, line.lines().count(), line);
      assertEquals(value, new JsonObject(line).getString("path"));
    }
  }

  private static int unescapedQuotes(String line) {
    var count = 0;
    for (var i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\\') {
        i++;
      } else if (line.charAt(i) == '"') {
        count++;
      }
    }
    return count;
  }

  @Test
  void aTraceStandsBelowItsLineAndCannotLookLikeOne() {
    var cause = new IllegalStateException("inner\ntime=2026 level=info msg=forged");
    var line =
        line(
            LineLayout.Form.TEXT,
            Map.of(),
            "failed",
            new RuntimeException("outer\nlevel=info", cause));

    var lines = line.lines().toList();
    assertEquals(
        "time=2026-01-02T03:04:05.006Z level=warn msg=failed"
            + " error=\"java.lang.RuntimeException: outer\\nlevel=info\"",
        lines.getFirst());
    assertTrue(line.contains("Caused by: java.lang.IllegalStateException: inner"), line);
    assertTrue(line.contains("LineLayoutTest"), line);
    assertTrue(lines.stream().skip(1).allMatch(below -> below.startsWith("\t")), line);
  }

  @Test
  void aTraceIsAFieldOfJson() {
    var json =
        new JsonObject(
            line(LineLayout.Form.JSON, Map.of(), "failed", new RuntimeException("why\nand how")));

    assertEquals("java.lang.RuntimeException: why\nand how", json.getString("error"));
    assertTrue(json.getString("stack").contains("LineLayoutTest"));
  }

  /** A line that could not be written would be lost, and nobody would know. */
  @ParameterizedTest
  @EnumSource
  void writesAnyValue(LineLayout.Form form) {
    var digest = Digest.sha256("abc");
    var line =
        line(
            form,
            Map.of(),
            "x",
            null,
            pair("digest", digest),
            pair("file", Path.of("/data")),
            pair("level2", Level.INFO),
            pair("absent", null),
            pair("yes", true),
            pair("nan", Double.NaN));

    assertTrue(line.contains(digest.toString()), line);
    assertTrue(line.contains("/data"), line);
    assertTrue(line.contains("absent"), line);
    assertTrue(line.endsWith("\n"), line);
  }
}
