package io.layover.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RegexTest {
  @ParameterizedTest(name = "{0} {1} -> {2}")
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
z$,          baz,      true
^z,          baz,      false
a,           baz,      true
.+,          ``,       false
.*,          ``,       true
^a.c$,       abc,      true
^a.c$,       a/c,      true
(?i)ABC,     abc,      true
^\\d{3}$,    123,      true
[[:alpha:]], 1a,       true
\\pL,        é,        true
a|b,         b,        true
\\Qa.b\\E,   axb,      false
^(a|b)*$,    abba,     true
""")
  void findsAsInGo(String expression, String text, boolean expected) {
    assertEquals(expected, Regex.parse(expression).find(text));
  }

  @Test
  void groupsAreWhatTheyTook() {
    var regex = Regex.parse("^(.+)@(.+?)(x)?\\.example$");

    assertEquals(List.of("a.b@it.example", "a.b", "it", ""), regex.groups("a.b@it.example"));
    assertNull(regex.groups("a.b"));
    assertEquals(List.of(List.of("a1", "1"), List.of("a2", "2")), Regex.parse("a(.)").all("a1 a2"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a-b_c/d", "\\.+*?()|[]{}^$", "a.b@c:5000", "é☺ &~#\n"})
  void quotedTextIsItself(String text) {
    assertTrue(Regex.parse("^" + Regex.quote(text) + "$").find(text));
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
foo?*,   invalid nested repetition operator
(,       missing closing )
[a,      missing closing ]
(?=a),   invalid or unsupported Perl syntax
(a)\\1,  invalid escape sequence
\\,      trailing backslash at end of expression
""")
  void whatGoDoesNotReadIsTold(String expression, String problem) {
    var e = assertThrows(IllegalArgumentException.class, () -> Regex.parse(expression));
    assertEquals("is no regular expression of Go's syntax: " + problem, e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "^(a+)+$",
        "^(a*)*$",
        "(a|a)*b",
        "(a|aa)+b",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)b",
        "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(.*a){12}b",
        "(a?){500}a{500}b"
      })
  void backtrackingDoesNotExplode(String expression) {
    var regex = Regex.parse(expression);

    assertFalse(
        assertTimeoutPreemptively(
            Duration.ofSeconds(30), () -> regex.find("a".repeat(1_000) + "!")));
  }

  static List<String> explosions() {
    return List.of(
        "(a{1000}){1000}",
        "((a{100}){100}){100}",
        "(((((((((a{10}){10}){10}){10}))))))",
        "(?:a{500}){3}",
        "(a{30}){34}",
        "a{1001}",
        "[a-z]{1000}".repeat(11),
        "(?:" + "a{1000}|".repeat(11) + ")",
        "(" + "a".repeat(101) + "){100}",
        "\\Q" + "a".repeat(10_001) + "\\E");
  }

  @ParameterizedTest(name = "[{index}]")
  @MethodSource("explosions")
  void whatIsLargeWhenWrittenOutIsRefused(String expression) {
    var e =
        assertTimeoutPreemptively(
            Duration.ofSeconds(30),
            () -> assertThrows(IllegalArgumentException.class, () -> Regex.parse(expression)));
    assertEquals("is too large when its repetitions are written out", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a{100}){10}",
        "a{1000}",
        "a{2}a{1000}",
        "(a{999}b){1}",
        "^[a-z0-9]{1,63}(\\.[a-z0-9]{1,63}){0,15}$",
        "a\\{1000}{1000}",
        "[a{1000}]{1000}",
        "[]a{1000}]{1000}",
        "[^]\\]{1000}]{1000}",
        "[[:alpha:]{1000}]{1000}",
        "\\Q(a{1000}){1000}\\E",
        "${account}_.*"
      })
  void whatOnlyLooksLargeIsTaken(String expression) {
    Regex.parse(expression);
  }

  @Test
  void depthIsBounded() {
    var deep = "(".repeat(200) + "a" + ")".repeat(200);
    var deeper = "(".repeat(100_000) + "a" + ")".repeat(100_000);

    assertTrue(Regex.parse(deep.substring(1, 400)).find("a"));
    var e = assertThrows(IllegalArgumentException.class, () -> Regex.parse(deeper));
    assertEquals("is nested deeper than 200", e.getMessage());
  }
}
