package io.layover.auth;

import io.layover.pattern.Glob;
import io.layover.pattern.Regex;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A pattern of a rule, whose placeholders are filled in before it is compared. */
final class FieldPattern {
  private final String text;

  /** Null if it depends on the request. */
  private final @Nullable Predicate<String> fixed;

  FieldPattern(String text) {
    this.text = text;
    fixed = text.contains("${") ? null : compiled(text);
  }

  /** Whether {@code value} is like this; placeholders of labels stay as they are. */
  boolean matches(String value, Placeholders placeholders) {
    return fixed == null ? compiled(placeholders.fill(text)).test(value) : fixed.test(value);
  }

  /** Whether {@code value} is like this for some choice among the values of each label. */
  boolean matchesAny(String value, Placeholders placeholders) {
    return fixed == null
        ? matches(value, placeholders)
            || placeholders.fillWithLabels(text).anyMatch(filled -> compiled(filled).test(value))
        : fixed.test(value);
  }

  /** A text that is no pattern is like nothing. */
  private static Predicate<String> compiled(String text) {
    try {
      if (text.length() > 2 && text.startsWith("/") && text.endsWith("/")) {
        return Regex.parse(text.substring(1, text.length() - 1))::find;
      }
      return text.chars().anyMatch(c -> "*?[\\".indexOf(c) >= 0)
          ? Glob.parse(text)::matches
          : text::equals;
    } catch (IllegalArgumentException e) {
      return value -> false;
    }
  }
}
