package io.layover.oci;

/** Text from outside, cut and cleaned so that it may stand in an error or a log line. */
public final class Excerpt {
  private static final int LONGEST = 256;

  private Excerpt() {}

  /** At most 256 characters of {@code text}, control characters replaced. */
  public static String of(String text) {
    var cut = text.length() > LONGEST ? text.substring(0, LONGEST) + "…" : text;
    return hasControl(cut) ? cut.replaceAll("\\p{Cc}", "\uFFFD") : cut;
  }

  /** A loop, as it is asked of every request. */
  private static boolean hasControl(String text) {
    for (var i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }
}
