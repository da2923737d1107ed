package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "0,       PT0S,      0s",
    "0s,      PT0S,      0s",
    "-0,      PT0S,      0s",
    "168h,    PT168H,    168h",
    "1h30m,   PT1H30M,   1h30m",
    "90s,     PT1M30S,   1m30s",
    "+5s,     PT5S,      5s",
    "300ms,   PT0.3S,    300ms",
    "1.5h,    PT1H30M,   1h30m",
    "0.25s,   PT0.25S,   250ms",
    "2us,     PT0.000002S, 2000ns",
    "2µs,     PT0.000002S, 2000ns",
    "1s7ns,   PT1.000000007S, 1s7ns",
    "1m0.5s,  PT1M0.5S,  1m500ms",
  })
  void durations(String text, Duration expected, String formatted) {
    assertEquals(expected, GoDuration.parse(text));
    assertEquals(formatted, GoDuration.format(expected));
    assertEquals(expected, GoDuration.parse(formatted));
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "1d", "h", "1", "-1s", "1h 3m", "1hh", "s5", "1e3s", "9999999999h"})
  void notDurations(String text) {
    assertThrows(IllegalArgumentException.class, () -> GoDuration.parse(text));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "0,        0,             0",
    "1,        1,             1",
    "1024,     1024,          1KiB",
    "10MB,     10000000,      10MB",
    "100GiB,   107374182400,  100GiB",
    "1.5 KiB,  1536,          1536",
    "2tb,      2000000000000, 2TB",
    "7 B,      7,             7",
    "3PiB,     3377699720527872, 3PiB",
  })
  void sizes(String text, long expected, String formatted) {
    assertEquals(expected, ByteSize.parse(text));
    assertEquals(formatted, ByteSize.format(expected));
    assertEquals(expected, ByteSize.parse(formatted));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "10 parrots", "10K", "iB", "1ib", "1e9", "99999PiB", "1.GB"})
  void notSizes(String text) {
    assertThrows(IllegalArgumentException.class, () -> ByteSize.parse(text));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    ":5000,           '',        5000",
    "127.0.0.1:5000,  127.0.0.1, 5000",
    "[::1]:5000,      ::1,       5000",
    "localhost:0,     localhost, 0",
  })
  void addresses(String text, String host, int port) {
    assertEquals(new Address(host, port), Address.parse(text));
    assertEquals(text, Address.parse(text).toString());
    assertEquals(host.isEmpty(), Address.parse(text).isEveryInterface());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "5000", "::1:5000", "a b:1", ":65536", ":-1", "tcp://:1", ":http"})
  void notAddresses(String text) {
    assertThrows(IllegalArgumentException.class, () -> Address.parse(text));
  }

  @Test
  void urlPatternsTakeGosNamedGroups() {
    assertEquals(true, UrlPattern.parse("(?P<a>x)$").matches("https://x"));
    assertEquals(false, UrlPattern.parse("^x").matches("https://x"));
  }
}
