package io.layover.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Spelling {
  private Spelling() {}

  /** {@code "; did you mean …?"} when one of {@code known} is near, else nothing. */
  static String hint(String word, Collection<String> known) {
    return nearest(word, known).map(near -> "; did you mean " + near + "?").orElse("");
  }

  private static Optional<String> nearest(String word, Collection<String> known) {
    var lower = word.toLowerCase(Locale.ROOT);
    var limit = Math.clamp(word.length() / 3, 1, 3);
    return known.stream()
        .filter(candidate -> Math.abs(candidate.length() - lower.length()) <= limit)
        .filter(candidate -> distance(lower, candidate) <= limit)
        .min(Comparator.comparingInt(candidate -> distance(lower, candidate)));
  }

  /** Insertions, deletions, replacements and swaps of neighbours from {@code a} to {@code b}. */
  private static int distance(String a, String b) {
    var d = new int[a.length() + 1][b.length() + 1];
    for (var i = 0; i <= a.length(); i++) {
      for (var j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        var cost = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + cost);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
