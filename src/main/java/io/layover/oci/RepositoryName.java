package io.layover.oci;

import java.util.Comparator;
import java.util.regex.Pattern;

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

  private static final String COMPONENT = "[a-z0-9]++(?:(?:\\.|__?|-++)[a-z0-9]++)*+";
  private static final Pattern FORM = Pattern.compile(COMPONENT + "(?:/" + COMPONENT + ")*+");

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
    if (!FORM.matcher(text).matches()) {
      throw new RegistryException(
          ErrorCode.NAME_INVALID,
          "a repository name is lower-case letters and digits, joined by single . _ __ - or /",
          Excerpt.of(text));
    }
    return new RepositoryName(text);
  }

  /** True if {@code text} is a well-formed name. */
  public static boolean isValid(String text) {
    return text.length() <= LONGEST && FORM.matcher(text).matches();
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
