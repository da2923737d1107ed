package io.layover.oci;

import java.util.regex.Pattern;

/** A tag, such as {@code 3.20}. Holding one proves that its text is well formed. */
public record Tag(String value) implements Reference, Comparable<Tag> {
  private static final Pattern FORM = Pattern.compile("[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}");

  /**
   * Reads a tag.
   *
   * @throws RegistryException {@code TAG_INVALID}
   */
  public static Tag parse(String text) {
    if (!isValid(text)) {
      throw new RegistryException(
          ErrorCode.TAG_INVALID,
          "a tag is at most 128 letters, digits, . _ or -, and starts with a letter, digit or _",
          Excerpt.of(text));
    }
    return new Tag(text);
  }

  /** True if {@code text} is a well-formed tag. */
  public static boolean isValid(String text) {
    return FORM.matcher(text).matches();
  }

  @Override
  public int compareTo(Tag other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
