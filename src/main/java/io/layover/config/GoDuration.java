package io.layover.config;

import io.layover.oci.Excerpt;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;

/** Durations as Go writes them: {@code 168h}, {@code 1h30m}, {@code 300ms}, {@code 0}. */
public final class GoDuration {
  private static final Map<String, Long> NANOS =
      Map.of(
          "ns", 1L,
          "us", 1_000L,
          "µs", 1_000L,
          "μs", 1_000L,
          "ms", 1_000_000L,
          "s", 1_000_000_000L,
          "m", 60_000_000_000L,
          "h", 3_600_000_000_000L);
  private static final Pattern PART = Pattern.compile("(\\d{1,19}(?:\\.\\d{0,19})?)([^\\d.]{1,8})");
  private static final BigDecimal LONGEST = BigDecimal.valueOf(Long.MAX_VALUE);

  private GoDuration() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException if it is none, is negative, or is a number without a unit:
   *     Go's parser takes it as nanoseconds, which nobody means
   */
  public static Duration parse(String text) {
    if (text.matches("[+-]?0+")) {
      return Duration.ZERO;
    }
    if (text.matches("\\d{1,19}")) {
      throw new IllegalArgumentException(
          "%s has no unit and would be nanoseconds; write %ss or %sms".formatted(text, text, text));
    }
    if (text.startsWith("-")) {
      throw new IllegalArgumentException("must not be negative");
    }
    var rest = PART.matcher(text.startsWith("+") ? text.substring(1) : text);
    var nanos = BigDecimal.ZERO;
    do {
      if (!rest.lookingAt()) {
        throw malformed(text);
      }
      var unit = NANOS.get(rest.group(2));
      if (unit == null) {
        throw malformed(text);
      }
      nanos = nanos.add(new BigDecimal(rest.group(1)).multiply(BigDecimal.valueOf(unit)));
      rest.region(rest.end(), rest.regionEnd());
    } while (rest.regionStart() < rest.regionEnd());
    if (nanos.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("is longer than 292 years");
    }
    return Duration.ofNanos(nanos.longValue());
  }

  /** The shortest text that {@link #parse} reads as {@code duration}. */
  static String format(Duration duration) {
    if (duration.isZero()) {
      return "0s";
    }
    var text = new StringBuilder();
    append(text, duration.toHours(), "h");
    append(text, duration.toMinutesPart(), "m");
    append(text, duration.toSecondsPart(), "s");
    append(text, duration.toMillisPart(), "ms");
    append(text, duration.toNanosPart() % 1_000_000, "ns");
    return text.toString();
  }

  private static void append(StringBuilder text, long number, String unit) {
    if (number != 0) {
      text.append(number).append(unit);
    }
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "\"%s\" is no duration; write 90s, 1h30m or 300ms (units h, m, s, ms, us, ns)"
            .formatted(Excerpt.of(text)));
  }
}
