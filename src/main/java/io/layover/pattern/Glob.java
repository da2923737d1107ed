package io.layover.pattern;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern of a path as Go's {@code path.Match} reads it: {@code *} and {@code ?} stop at a slash,
 * a class such as {@code [^a-c]} does not, and a backslash takes the next character for what it is.
 * The time to match is at most the product of both lengths.
 *
 * @see <a href="https://pkg.go.dev/path#Match">Go, package path, Match</a>
 */
public final class Glob {
  /** Something that one character is compared with; a star stands for any number of them. */
  private sealed interface Part {
    /** Whether {@code c} is like that. */
    default boolean matches(int c) {
      return c != '/';
    }
  }

  private record Star() implements Part {}

  private record Any() implements Part {}

  private record Literal(int expected) implements Part {
    @Override
    public boolean matches(int c) {
      return c == expected;
    }
  }

  private record Range(int from, int to) {}

  private record OneOf(List<Range> ranges, boolean negated) implements Part {
    @Override
    public boolean matches(int c) {
      return ranges.stream().anyMatch(range -> range.from <= c && c <= range.to) != negated;
    }
  }

  private final List<Part> parts;

  private Glob(List<Part> parts) {
    this.parts = parts;
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if it is malformed
   */
  public static Glob parse(String text) {
    return new Glob(new Parser(text.codePoints().toArray()).parts());
  }

  /** Whether all of {@code text} is like this. */
  public boolean matches(String text) {
    var chars = text.codePoints().toArray();
    var at = 0;
    var part = 0;
    // Where the last star was, and what it has not taken yet.
    var star = -1;
    var rest = 0;
    while (true) {
      if (part == parts.size() && at == chars.length) {
        return true;
      }
      if (part < parts.size() && parts.get(part) instanceof Star) {
        star = part++;
        rest = at;
      } else if (part < parts.size() && at < chars.length && parts.get(part).matches(chars[at])) {
        part++;
        at++;
      } else if (star >= 0 && rest < chars.length && chars[rest] != '/') {
        part = star + 1;
        at = ++rest;
      } else {
        return false;
      }
    }
  }

  private static final class Parser {
    private final int[] chars;
    private int at;

    Parser(int[] chars) {
      this.chars = chars;
    }

    List<Part> parts() {
      var parts = new ArrayList<Part>();
      while (at < chars.length) {
        parts.add(part());
      }
      return List.copyOf(parts);
    }

    private Part part() {
      var c = chars[at++];
      return switch (c) {
        case '*' -> new Star();
        case '?' -> new Any();
        case '[' -> oneOf();
        case '\\' -> new Literal(next("ends in a backslash"));
        default -> new Literal(c);
      };
    }

    private OneOf oneOf() {
      var negated = at < chars.length && chars[at] == '^';
      if (negated) {
        at++;
      }
      var ranges = new ArrayList<Range>();
      while (ranges.isEmpty() || peek() != ']') {
        var from = bound();
        var to = from;
        if (peek() == '-') {
          at++;
          to = bound();
        }
        ranges.add(new Range(from, to));
      }
      at++;
      return new OneOf(List.copyOf(ranges), negated);
    }

    /** A character at either end of a range. */
    private int bound() {
      var c = next(OPEN);
      if (c == '-' || c == ']') {
        throw new IllegalArgumentException("has a class with a misplaced " + (char) c);
      }
      return c == '\\' ? next(OPEN) : c;
    }

    private static final String OPEN = "has a class that is not closed";

    private int peek() {
      if (at == chars.length) {
        throw new IllegalArgumentException(OPEN);
      }
      return chars[at];
    }

    private int next(String problem) {
      if (at == chars.length) {
        throw new IllegalArgumentException(problem);
      }
      return chars[at++];
    }
  }
}
