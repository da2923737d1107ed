package io.layover.upstream;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the headers of an answer say of a limit on pulls.
 *
 * @param limit how many pulls a window has
 * @param remaining how many are left
 * @see <a href="https://docs.docker.com/docker-hub/usage/pulls/">Docker Hub, Pull usage and
 *     limits</a>
 */
record RateLimit(int limit, int remaining, Duration window) {
  private static final Pattern QUOTA =
      Pattern.compile("\\s*+([0-9]{1,9})(?![0-9]).*?(?:;\\s*+w\\s*+=\\s*+([0-9]{1,9}).*)?");
  private static final Duration USUAL_WINDOW = Duration.ofHours(6);
  private static final Pattern SECONDS = Pattern.compile("[0-9]{1,9}");

  /** Reads {@code 100;w=21600} and {@code 76;w=21600}; null where there is no limit. */
  static @Nullable RateLimit parse(@Nullable String limit, @Nullable String remaining) {
    if (limit == null || remaining == null) {
      return null;
    }
    var most = QUOTA.matcher(limit);
    var left = QUOTA.matcher(remaining);
    if (!most.matches() || !left.matches()) {
      return null;
    }
    var seconds = most.group(2) == null ? left.group(2) : most.group(2);
    var window = seconds == null ? USUAL_WINDOW : Duration.ofSeconds(Long.parseLong(seconds));
    return new RateLimit(Integer.parseInt(most.group(1)), Integer.parseInt(left.group(1)), window);
  }

  /** What is left, as a part of the whole. */
  double left() {
    return limit == 0 ? 0 : Math.min(1, (double) remaining / limit);
  }

  /** Reads {@code Retry-After}, seconds or a date; null if it is absent or neither. */
  static @Nullable Duration retryAfter(@Nullable String header, Instant now) {
    if (header == null) {
      return null;
    }
    var text = header.strip();
    if (SECONDS.matcher(text).matches()) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      var date = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Duration.between(now, date);
    } catch (DateTimeParseException e) {
      return null;
    }
  }
}
