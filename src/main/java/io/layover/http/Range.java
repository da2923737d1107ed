package io.layover.http;

import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A part of a blob.
 *
 * @param start the first byte
 * @param length in bytes, at least one
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-14">RFC 9110, 14</a>
 */
record Range(long start, long length) {
  /** More than any client asks for at once; a header with more is ignored, as it may be. */
  private static final int MOST = 1024;

  private static final String UNIT = "bytes=";
  private static final Pattern ONE = Pattern.compile("([0-9]{0,18})-([0-9]{0,18})");

  long last() {
    return start + length - 1;
  }

  /** The value of {@code Content-Range} for this part of {@code size} bytes. */
  String contentRange(long size) {
    return "bytes " + start + "-" + last() + "/" + size;
  }

  /**
   * The parts that a {@code Range} header asks for, in its order and within {@code size}.
   *
   * @return empty if the whole is to be sent: there is no header, or one that is to be ignored
   *     because it is malformed, of another unit or excessive
   * @throws RegistryException {@code RANGE_INVALID} if nothing of it lies within the blob
   */
  static List<Range> parse(@Nullable String header, long size) {
    if (header == null || !header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
      return List.of();
    }
    var parts = header.substring(UNIT.length()).split(",", MOST + 1);
    if (parts.length > MOST) {
      return List.of();
    }
    var ranges = new ArrayList<Range>();
    var total = 0L;
    for (var part : parts) {
      var m = ONE.matcher(part.strip());
      if (!m.matches() || part.strip().equals("-")) {
        return List.of();
      }
      var range = of(m.group(1), m.group(2), size);
      if (range != null) {
        ranges.add(range);
        total += range.length;
      }
    }
    if (ranges.isEmpty()) {
      throw new RegistryException(
          ErrorCode.RANGE_INVALID, "the range does not lie within the blob's bytes");
    }
    // Overlaps that add up to more than the blob are a way to make a server work for nothing.
    return total > size && ranges.size() > 1 ? List.of() : ranges;
  }

  private static @Nullable Range of(String first, String last, long size) {
    if (first.isEmpty()) {
      var suffix = Math.min(Long.parseLong(last), size);
      return suffix == 0 ? null : new Range(size - suffix, suffix);
    }
    var start = Long.parseLong(first);
    var end = last.isEmpty() ? size - 1 : Math.min(Long.parseLong(last), size - 1);
    return start >= size || end < start ? null : new Range(start, end - start + 1);
  }
}
