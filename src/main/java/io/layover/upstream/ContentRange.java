package io.layover.upstream;

import io.layover.storage.Blob;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which part of a content an answer has.
 *
 * @param first the first byte; that behind the last one if there is none
 * @param end the byte behind the last one
 * @param total the size of the whole, or {@link Blob#UNKNOWN}
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-14.4">RFC 9110, 14.4</a>
 */
record ContentRange(long first, long end, long total) {
  private static final Pattern PART =
      Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18}|\\*)");
  private static final Pattern NONE = Pattern.compile("bytes \\*/([0-9]{1,18})");

  /** The part that a header names; null if it is absent, malformed or contradicts itself. */
  static @Nullable ContentRange parse(@Nullable String header) {
    var text = header == null ? "" : header.strip();
    var none = NONE.matcher(text);
    if (none.matches()) {
      var total = Long.parseLong(none.group(1));
      return new ContentRange(total, total, total);
    }
    var part = PART.matcher(text);
    if (!part.matches()) {
      return null;
    }
    var first = Long.parseLong(part.group(1));
    var end = Long.parseLong(part.group(2)) + 1;
    var total = part.group(3).equals("*") ? Blob.UNKNOWN : Long.parseLong(part.group(3));
    return first < end && (total == Blob.UNKNOWN || end <= total)
        ? new ContentRange(first, end, total)
        : null;
  }

  /** True if it says that there is no such part. */
  boolean isEmpty() {
    return first == end;
  }
}
