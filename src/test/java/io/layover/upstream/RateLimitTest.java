package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitTest {
  private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");

  @ParameterizedTest
  @CsvSource({
    "100;w=21600,        76;w=21600, 100,  76, 21600",
    "200;w=21600,        0,          200,   0, 21600",
    "100,                99;w=60,    100,  99, 60",
    "' 100 ; w = 60 ',   5,          100,   5, 60",
    "10,                 5,           10,   5, 21600",
    "'100, 100;w=60',    40,         100,  40, 60",
  })
  void readsQuotas(String limit, String remaining, int most, int left, long window) {
    assertEquals(
        new RateLimit(most, left, Duration.ofSeconds(window)), RateLimit.parse(limit, remaining));
  }

  @ParameterizedTest
  @CsvSource({"100;w=60,", ",76", "many, 3", "3, none", "-1, 5", "12345678901, 5", "'', ''"})
  void takesNothingElseForOne(@Nullable String limit, @Nullable String remaining) {
    assertNull(RateLimit.parse(limit, remaining));
  }

  @Test
  void leftIsAPart() {
    assertEquals(0.5, new RateLimit(10, 5, Duration.ZERO).left());
    assertEquals(1, new RateLimit(10, 20, Duration.ZERO).left());
    assertEquals(0, new RateLimit(0, 0, Duration.ZERO).left());
  }

  @ParameterizedTest
  @CsvSource({
    "60, 60",
    "' 0 ', 0",
    "'Wed, 25 Nov 2026 10:02:00 GMT', 120",
    "'Wed, 25 Nov 2026 09:59:00 GMT', -60",
    "soon,",
    "1e3,",
    "12345678901,",
  })
  void readsRetryAfter(String header, @Nullable Long seconds) {
    assertEquals(
        seconds == null ? null : Duration.ofSeconds(seconds), RateLimit.retryAfter(header, NOW));
  }
}
