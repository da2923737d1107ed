package io.layover.config;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** A regular expression over URLs; equal to those of the same text. */
public final class UrlPattern {
  private final Pattern pattern;

  private UrlPattern(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Compiles an expression.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  static UrlPattern parse(String text) {
    try {
      // The one difference to Go's syntax that is in common use.
      return new UrlPattern(Pattern.compile(text.replace("(?P<", "(?<")));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException("is no regular expression: " + e.getDescription(), e);
    }
  }

  /** Whether {@code url} matches anywhere, as in Go, where an expression is not anchored. */
  public boolean matches(String url) {
    return pattern.matcher(url).find();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof UrlPattern that && pattern.pattern().equals(that.pattern.pattern());
  }

  @Override
  public int hashCode() {
    return pattern.pattern().hashCode();
  }

  @Override
  public String toString() {
    return pattern.pattern();
  }
}
