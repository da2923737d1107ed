package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExcerptTest {
  @Test
  void leavesWhatIsHarmless() {
    assertEquals("a b \u00e4 \"c\"", Excerpt.of("a b \u00e4 \"c\""));
    assertEquals("a".repeat(256), Excerpt.of("a".repeat(256)));
  }

  @Test
  void cutsWhatIsLong() {
    assertEquals("a".repeat(256) + "\u2026", Excerpt.of("a".repeat(1_000_000)));
  }

  /** Line ends, terminal sequences, and the second set of controls that terminals obey as well. */
  @ParameterizedTest
  @ValueSource(chars = {'\n', '\r', '\t', '\0', '\u001b', '\u007f', '\u0085', '\u009b'})
  void replacesControls(char control) {
    assertEquals("a\uFFFDb", Excerpt.of("a" + control + "b"));
  }
}
