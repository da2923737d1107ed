package io.layover.pattern;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How large an expression is when its repetitions are written out, as they are when it is compiled:
 * {@code (a{100}){10}} is a thousand times {@code a}. Matching takes as long, for every character.
 */
final class RegexSize {
  private static final int LARGEST = 10_000;
  private static final int DEEPEST = 200;

  /** As in Go: how often the innermost of nested repetitions may stand in the whole. */
  private static final int MOST_REPEATED = 1000;

  private static final Pattern REPETITION = Pattern.compile("\\{([0-9]{1,9})(,([0-9]{1,9})?)?\\}");
  private static final Pattern CLASS =
      Pattern.compile("\\[\\^?\\]?(?:\\[:\\^?[a-z]+:\\]|\\\\.|[^\\]\\\\])*+\\]?", Pattern.DOTALL);
  private static final Pattern ESCAPE =
      Pattern.compile("\\\\(?:Q.*?(?:\\\\E|$)|[pPx]\\{[^}]*\\}|.)", Pattern.DOTALL);

  /** A group that is open: its parts so far, and the last of them, which may be repeated yet. */
  private static final class Group {
    private long before;
    private long last;
    private long repeated = 1;
    private long lastRepeated = 1;

    void add(long size, long inside) {
      before += last;
      last = size;
      repeated = Math.max(repeated, lastRepeated);
      lastRepeated = inside;
    }

    void repeat(long times) {
      last *= times;
      lastRepeated *= times;
    }

    long size() {
      return before + last;
    }

    long repeated() {
      return Math.max(repeated, lastRepeated);
    }
  }

  private final String text;
  private final Deque<Group> open = new ArrayDeque<>();

  private RegexSize(String text) {
    this.text = text;
    open.push(new Group());
  }

  /**
   * Returns if it is small enough; whether it is well formed shows later.
   *
   * @throws IllegalArgumentException if it is not
   */
  static void check(String text) {
    new RegexSize(text).check();
  }

  private void check() {
    for (var at = 0; at < text.length(); ) {
      at = next(at);
      var group = open.element();
      if (group.size() > LARGEST || group.repeated() > MOST_REPEATED) {
        throw new IllegalArgumentException("is too large when its repetitions are written out");
      }
      if (open.size() > DEEPEST) {
        throw new IllegalArgumentException("is nested deeper than " + DEEPEST);
      }
    }
  }

  /** Takes in what begins at {@code at}, and returns where the next begins. */
  private int next(int at) {
    var group = open.element();
    switch (text.charAt(at)) {
      case '(' -> open.push(new Group());
      case ')' -> close();
      case '[' -> {
        group.add(1, 1);
        return end(CLASS, at);
      }
      case '\\' -> {
        var end = end(ESCAPE, at);
        group.add(text.startsWith("\\Q", at) ? end - at : 1, 1);
        return end;
      }
      case '{' -> {
        var repetition = REPETITION.matcher(text).region(at, text.length());
        if (repetition.lookingAt()) {
          group.repeat(times(repetition.group(1), repetition.group(3)));
          return repetition.end();
        }
        group.add(1, 1);
      }
      default -> group.add(1, 1);
    }
    return at + 1;
  }

  private static long times(String least, @Nullable String most) {
    return Math.max(1, Long.parseLong(most == null ? least : most));
  }

  private void close() {
    if (open.size() > 1) {
      var group = open.pop();
      open.element().add(group.size() + 2, group.repeated());
    }
  }

  private int end(Pattern pattern, int at) {
    var matcher = pattern.matcher(text).region(at, text.length());
    return matcher.lookingAt() ? matcher.end() : at + 1;
  }
}
