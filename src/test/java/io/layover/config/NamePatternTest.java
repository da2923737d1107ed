package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {
  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    "library/alpine, library/alpine,   true",
    "library/alpine, library/alpine2,  false",
    "library/alpine, library/alpin,    false",
    "library/*,      library/alpine,   true",
    "library/*,      library/a/b,      false",
    "library/*,      library/,         true",
    "library/*,      library,          false",
    "library/**,     library/alpine,   true",
    "library/**,     library/a/b/c,    true",
    "library/**,     library,          false",
    "library/**,     librarytwo/a,     false",
    "library**,      library/a,        true",
    "library**,      library,          true",
    "**,             a/b/c,            true",
    "**,             a,                true",
    "*,              a,                true",
    "*,              a/b,              false",
    "*/*,            a/b,              true",
    "*/*,            a/b/c,            false",
    "**/x,           a/b/x,            true",
    "**/x,           x,                false",
    "a/**/x,         a/b/c/x,          true",
    "a/**/x,         a/x,              false",
    "a?c,            abc,              true",
    "a?c,            a/c,              false",
    "a?c,            ac,               false",
    "*-dev,          app-dev,          true",
    "*-dev,          app-dev-dev,      true",
    "*-dev,          team/app-dev,     false",
    "***,            a/b,              true",
    "a.b,            axb,              false",
    "ghcr.io/**,     ghcr.io/a/b,      true",
    "localhost:5000/*, localhost:5000/a, true",
  })
  void matches(String pattern, String name, boolean expected) {
    assertEquals(expected, NamePattern.parse(pattern).matches(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "/a", "A", "a b", "[a]", "{a,b}", "!a", "a\\*", "é"})
  void refusesWhatNoNameCanMatch(String pattern) {
    assertThrows(IllegalArgumentException.class, () -> NamePattern.parse(pattern));
  }

  @ParameterizedTest
  @ValueSource(strings = {"**/", "*a*", "**a**", "?**"})
  void staysFast(String part) {
    var pattern = NamePattern.parse(part.repeat(500 / part.length()) + "x");
    var name = "a/".repeat(2000) + "y";

    assertTimeout(Duration.ofSeconds(2), () -> assertFalse(pattern.matches(name)));
  }

  @Test
  void isEqualWhenItMatchesTheSame() {
    assertEquals(NamePattern.parse("a/**"), NamePattern.parse("a/***"));
    assertEquals("a/***", NamePattern.parse("a/***").toString());
  }
}
