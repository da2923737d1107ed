package io.layover.config;

import io.layover.oci.Excerpt;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Sizes: plain bytes, or with a unit of 1000 ({@code 10MB}) or of 1024 ({@code 100GiB}). */
final class ByteSize {
  private static final Pattern FORM =
      Pattern.compile("(\\d{1,19}(?:\\.\\d{1,9})?) ?([kmgtp]?i?b)?", Pattern.CASE_INSENSITIVE);
  private static final Map<String, Long> UNITS =
      Map.ofEntries(
          Map.entry("b", 1L),
          Map.entry("kb", 1_000L),
          Map.entry("mb", 1_000_000L),
          Map.entry("gb", 1_000_000_000L),
          Map.entry("tb", 1_000_000_000_000L),
          Map.entry("pb", 1_000_000_000_000_000L),
          Map.entry("kib", 1L << 10),
          Map.entry("mib", 1L << 20),
          Map.entry("gib", 1L << 30),
          Map.entry("tib", 1L << 40),
          Map.entry("pib", 1L << 50));

  private ByteSize() {}

  /**
   * Reads a size in bytes.
   *
   * @throws IllegalArgumentException if it is none
   */
  static long parse(String text) {
    var m = FORM.matcher(text);
    if (!m.matches()) {
      throw malformed(text);
    }
    var unit =
        m.group(2) == null ? Long.valueOf(1) : UNITS.get(m.group(2).toLowerCase(Locale.ROOT));
    if (unit == null) {
      throw malformed(text);
    }
    var bytes = new BigDecimal(m.group(1)).multiply(BigDecimal.valueOf(unit));
    if (bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
      throw new IllegalArgumentException("is larger than any store");
    }
    return bytes.longValue();
  }

  /** A text that {@link #parse} reads as {@code bytes}. */
  static String format(long bytes) {
    var units = new String[] {"PiB", "TiB", "GiB", "MiB", "KiB", "PB", "TB", "GB", "MB", "kB"};
    for (var unit : units) {
      var size = UNITS.getOrDefault(unit.toLowerCase(Locale.ROOT), 1L);
      if (bytes != 0 && bytes % size == 0) {
        return bytes / size + unit;
      }
    }
    return Long.toString(bytes);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "\"%s\" is no size; write bytes, or a unit such as 10MB or 100GiB"
            .formatted(Excerpt.of(text)));
  }
}
