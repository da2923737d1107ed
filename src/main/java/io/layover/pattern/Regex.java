package io.layover.pattern;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression as Go's {@code regexp} reads it. The time to match is linear to the text,
 * whatever the expression is like, and there is a limit to how large it may be.
 *
 * @see <a href="https://pkg.go.dev/regexp/syntax">Go, package regexp/syntax</a>
 */
public final class Regex {
  private final Pattern pattern;

  private Regex(Pattern pattern) {
    this.pattern = pattern;
  }

  /**
   * Reads an expression.
   *
   * @throws IllegalArgumentException if it is malformed, or too large
   */
  public static Regex parse(String text) {
    RegexSize.check(text);
    try {
      return new Regex(Pattern.compile(text));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "is no regular expression of Go's syntax: " + e.getDescription(), e);
    }
  }

  /** The text with a backslash before every character that has a meaning in an expression. */
  public static String quote(String text) {
    var quoted = new StringBuilder();
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if ("\\.+*?()|[]{}^$".indexOf(c) >= 0) {
        quoted.append('\\');
      }
      quoted.append(c);
    }
    return quoted.toString();
  }

  /** Whether some part of {@code text} is like this. */
  public boolean find(String text) {
    return pattern.matcher(text).find();
  }

  /**
   * What the groups took of the first part that is like this, the whole of it first; a group that
   * took nothing is empty. Null if there is none.
   */
  public @Nullable List<String> groups(String text) {
    var matcher = pattern.matcher(text);
    return matcher.find() ? groups(matcher) : null;
  }

  /** The groups of every part that is like this. */
  public List<List<String>> all(String text) {
    var matcher = pattern.matcher(text);
    var all = new ArrayList<List<String>>();
    while (matcher.find()) {
      all.add(groups(matcher));
    }
    return all;
  }

  private static List<String> groups(com.google.re2j.Matcher matcher) {
    var groups = new ArrayList<String>();
    for (var i = 0; i <= matcher.groupCount(); i++) {
      @Nullable String group = matcher.group(i);
      groups.add(group == null ? "" : group);
    }
    return groups;
  }
}
