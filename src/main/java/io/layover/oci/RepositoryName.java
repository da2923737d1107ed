package io.layover.oci;

import java.util.Comparator;

/**
 * A repository's name, such as {@code library/alpine}. Holding one proves that its text is well
 * formed, so it can stand in a path or a key as it is.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests">distribution-spec,
 *     Pulling manifests</a>
 */
public record RepositoryName(String value) implements Comparable<RepositoryName> {
  /** The order of distribution's catalog: what is below a name follows it at once. */
  public static final Comparator<String> BY_PATH = RepositoryName::compareByPath;

  /** As in distribution, whose clients cap host and name together at the same length. */
  private static final int LONGEST = 255;

  /**
   * Reads a name.
   *
   * @throws RegistryException {@code NAME_INVALID}
   */
  public static RepositoryName parse(String text) {
    if (text.length() > LONGEST) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID, "a repository name has at most 255 characters", Excerpt.of(text));
    }
    if (!isForm(text)) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "a repository name is lower-case letters and digits, joined by single . _ __ - or /",
          Excerpt.of(text));
    }
    return new RepositoryName(text);
  }

  /** True if {@code text} is a well-formed name. */
  public static boolean isValid(String text) {
    return text.length() <= LONGEST && isForm(text);
  }

  /**
   * Letters and digits, joined by one {@code .}, one or two {@code _}, any number of {@code -}, or
   * one {@code /}. A loop, as every request has a name: a regular expression takes many times as
   * long.
   */
  private static boolean isForm(String text) {
    // How long the joint before this character is, and what it is made of.
    var joint = 0;
    var of = '/';
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
        joint = 0;
      } else if (i == 0 || (joint > 0 && c != of) || ++joint > longestJoint(c)) {
        return false;
      } else {
        of = c;
      }
    }
    return !text.isEmpty() && joint == 0;
  }

  private static int longestJoint(char of) {
    return switch (of) {
      case '.', '/' -> 1;
      case '_' -> 2;
      case '-' -> LONGEST;
      default -> 0;
    };
  }

  private static int compareByPath(String a, String b) {
    var shorter = Math.min(a.length(), b.length());
    for (var i = 0; i < shorter; i++) {
      var ofA = a.charAt(i);
      var ofB = b.charAt(i);
      if (ofA != ofB) {
        return ofA == '/' ? -1 : ofB == '/' ? 1 : Character.compare(ofA, ofB);
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  @Override
  public int compareTo(RepositoryName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
