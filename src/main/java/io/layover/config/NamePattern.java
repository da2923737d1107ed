package io.layover.config;

import io.layover.oci.Excerpt;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * A glob over repository names: {@code *} stands for any characters but {@code /}, {@code **} for
 * any characters, {@code ?} for one that is not {@code /}. Matching takes at most name × pattern
 * steps, whatever the pattern.
 */
public final class NamePattern {
  private static final Pattern FORM = Pattern.compile("[a-z0-9._:*?-][a-z0-9._:*?/-]{0,511}");

  // In the compiled form, where no name can have them.
  private static final char STAR = '\1';
  private static final char STARS = '\2';

  private final String text;
  private final char[] parts;

  private NamePattern(String text) {
    this.text = text;
    this.parts = text.replaceAll("\\*{2,}", String.valueOf(STARS)).replace('*', STAR).toCharArray();
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException if no repository name can match it
   */
  public static NamePattern parse(String text) {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          ("\"%s\" is no pattern of names; it has lower-case letters, digits, the separators"
                  + " . _ - / and the wildcards * ** ?")
              .formatted(Excerpt.of(text)));
    }
    return new NamePattern(text);
  }

  /** Whether the whole of {@code name} matches. */
  public boolean matches(String name) {
    // reached[i]: the name so far can be matched by the first i parts.
    var reached = new boolean[parts.length + 1];
    reached[0] = true;
    skipStars(reached);
    for (var i = 0; i < name.length(); i++) {
      var c = name.charAt(i);
      var next = new boolean[parts.length + 1];
      for (var p = 0; p < parts.length; p++) {
        if (reached[p]) {
          switch (parts[p]) {
            case STARS -> next[p] = true;
            case STAR -> next[p] |= c != '/';
            case '?' -> next[p + 1] |= c != '/';
            default -> next[p + 1] |= c == parts[p];
          }
        }
      }
      reached = next;
      skipStars(reached);
    }
    return reached[parts.length];
  }

  /** A wildcard may also stand for nothing. */
  private void skipStars(boolean[] reached) {
    for (var p = 0; p < parts.length; p++) {
      if (reached[p] && (parts[p] == STAR || parts[p] == STARS)) {
        reached[p + 1] = true;
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof NamePattern that && Arrays.equals(parts, that.parts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(parts);
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
