package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void readsAnObject() throws IOException {
    assertEquals(
        Map.of(
            "text",
            "a\u00e4\n",
            "whole",
            1,
            "long",
            5_000_000_000L,
            "fraction",
            1.5,
            "yes",
            true,
            "no",
            false,
            "list",
            List.of(1, "b", List.of(), Map.of()),
            "object",
            Map.of("a", Map.of("b", "c"))),
        read(
            """
             {"text": "a\u00e4\\n", "whole": 1, "long": 5000000000, "fraction": 1.5, "yes": true,
              "no": false, "null": null, "list": [1, "b", [], {}],
              "object": {"a": {"b": "c"}}}
            """));
  }

  @Test
  void takesNullForAbsent() throws IOException {
    assertEquals(Map.of("b", Map.of()), read("{\"a\": null, \"b\": {\"c\": null}}"));
  }

  @Test
  void keepsTheOrderOfKeys() throws IOException {
    assertEquals(
        List.of("z", "a", "m"), List.copyOf(read("{\"z\": 1, \"a\": 2, \"m\": 3}").keySet()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "null",
        "1",
        "\"a\"",
        "[]",
        "[{}]",
        "{",
        "}",
        "{}}",
        "{} {}",
        "{}[]",
        "{}x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{'a': 1}",
        "{a: 1}",
        "{\"a\": 01}",
        "{\"a\": NaN}",
        "{\"a\": Infinity}",
        "{\"a\": +1}",
        "{\"a\": .5}",
        "{\"a\": \"\n\"}",
        "{\"a\": \"\\x\"}",
        "{\"a\": [1,]}",
        "{\"a\": [null]}",
        "{\"a\": 1 /* comment */}",
        "// comment\n{}",
        "{\"a\": 1, \"a\": 1}",
        "{\"a\": 1, \"\\u0061\": 2}",
        "{\"a\": {\"b\": 1, \"b\": 2}}",
        "{\"a\": [{\"b\": 1, \"b\": 2}]}",
        "{\"a\": tru}",
        "{\"a\": \"unfinished",
      })
  void refuses(String text) {
    assertThrows(IOException.class, () -> read(text));
  }

  @Test
  void refusesWhatIsNestedTooDeeply() {
    assertDoesNotThrow(() -> read(nested(63)));
    assertThrows(IOException.class, () -> read(nested(64)));
    assertThrows(IOException.class, () -> read(nested(1_000_000)));
  }

  private static String nested(int lists) {
    return "{\"a\": " + "[".repeat(lists) + "]".repeat(lists) + "}";
  }

  @Test
  void refusesNumbersOfUnboundedLength() {
    assertThrows(IOException.class, () -> read("{\"a\": " + "9".repeat(100_000) + "}"));
  }

  /** Other readers take the bytes for UTF-8, and would see another document or none. */
  @ParameterizedTest
  @MethodSource
  void refusesOtherEncodings(Charset charset) {
    assertThrows(IOException.class, () -> Json.object("{\"a\": \"b\"}".getBytes(charset)));
  }

  static Stream<Charset> refusesOtherEncodings() {
    return Stream.of(
        StandardCharsets.UTF_16,
        StandardCharsets.UTF_16BE,
        StandardCharsets.UTF_16LE,
        Charset.forName("UTF-32"));
  }

  @Test
  void refusesAByteOrderMarkAndBrokenUtf8() {
    assertThrows(IOException.class, () -> read("\uFEFF{}"));
    assertThrows(
        IOException.class,
        () -> Json.object("{\"a\": \"\u00e4\"}".getBytes(StandardCharsets.ISO_8859_1)));
  }

  private static Map<String, Object> read(String text) throws IOException {
    return Json.object(text.getBytes(StandardCharsets.UTF_8));
  }
}
