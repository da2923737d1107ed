package io.layover.oci;

/** Text from outside, cut and cleaned so that it may stand in an error or a log line. */
public final class Excerpt {
  private static final int LONGEST = 256;

  private Excerpt() {}

  /** At most 256 characters of {@code text}, control characters replaced. */
  public static String of(String text) {
    var cut = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return cut.chars().anyMatch(Character::isISOControl)
        ? cut.replaceAll("\\p{Cc}", "\uFFFD")
        : cut;
  }
}
