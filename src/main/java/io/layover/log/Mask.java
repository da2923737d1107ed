package io.layover.log;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Covers what looks like a secret in text that goes to a log. Nobody writes one there on purpose,
 * but the words of a library, of an upstream or of a client may repeat a URL or a header.
 */
final class Mask {
  private static final String COVER = "********";

  /** The names of values that are secrets, also at the end of a longer name. */
  private static final String NAMES =
      "(?:token|password|passwd|secret|secret_?key|api_?key|signature|credential|sig|jwt)";

  /**
   * What a secret looks like, and what is shown for it.
   *
   * @param signs in small letters: text with none of them has no such secret. Lines are written for
   *     every request, and looking for a few letters costs a fraction of a regular expression
   */
  private record Rule(List<String> signs, Pattern secret, String shown) {
    boolean mayBeIn(String lowered) {
      for (var sign : signs) {
        if (lowered.contains(sign)) {
          return true;
        }
      }
      return false;
    }
  }

  private static final List<Rule> RULES =
      List.of(
          // https://user:password@host, and https://token@host.
          rule("://", "(://(?:[^/?#\\s\"'<>:@]*+:)?)[^/?#\\s\"'<>]*@", "$1" + COVER + "@"),
          // What a URL is signed by has many names.
          rule("://", "(://[^?#\\s\"'<>]++\\?)[^\\s\"'<>]++", "$1" + COVER),
          rule(
              "authorization",
              "(\\bauthorization[\"']?\\s*+[:=]\\s*+[\"']?)[^\\r\\n\"']++",
              "$1" + COVER),
          new Rule(
              List.of("basic ", "bearer "),
              secret("\\b(basic|bearer) +(?=[a-z._~+/-]*+[0-9=])[a-z0-9._~+/=-]{8,}+"),
              "$1 " + COVER),
          rule("=", "(" + NAMES + "=)[^&\\s\"'<>]++", "$1" + COVER),
          rule("\"", "(" + NAMES + "\"\\s*+:\\s*+\")[^\"]*+", "$1" + COVER),
          // A token of JSON, wherever it stands.
          rule("eyj", "\\beyJ[a-z0-9_-]{10,}+[a-z0-9_.-]*+", COVER));

  /** Where it stands, a look at what is around it tells whether there may be a secret. */
  private static final boolean[] SIGNS = signs("=\": yY");

  private Mask() {}

  private static boolean[] signs(String characters) {
    var signs = new boolean[128];
    characters.chars().forEach(c -> signs[c] = true);
    return signs;
  }

  private static Rule rule(String sign, String secret, String shown) {
    return new Rule(List.of(sign), secret(secret), shown);
  }

  private static Pattern secret(String looks) {
    return Pattern.compile(looks, Pattern.CASE_INSENSITIVE);
  }

  /** The text without what looks like a secret. */
  static String over(String text) {
    if (!mayHide(text)) {
      return text;
    }
    var lowered = text.toLowerCase(Locale.ROOT);
    var shown = text;
    for (var rule : RULES) {
      if (rule.mayBeIn(lowered)) {
        shown = rule.secret.matcher(shown).replaceAll(rule.shown);
      }
    }
    return shown;
  }

  /** False for what can hold no secret by any rule, which is most of what is logged. */
  private static boolean mayHide(String text) {
    for (var i = 0; i < text.length(); i++) {
      var c = text.charAt(i);
      if (c < SIGNS.length && SIGNS[c] && mayHide(text, i)) {
        return true;
      }
    }
    return false;
  }

  private static boolean mayHide(String text, int sign) {
    return switch (text.charAt(sign)) {
      case ':' -> text.startsWith("//", sign + 1) || endsAt(text, sign, "nN'\t\n\u000B\f\r ");
      case ' ' -> endsAt(text, sign, "cCrR");
      case 'y', 'Y' -> text.regionMatches(true, sign - 1, "eyJ", 0, 3);
      default -> true;
    };
  }

  /** True if one of these letters comes right before a place: a sign may end there. */
  private static boolean endsAt(String text, int place, String letters) {
    return place > 0 && letters.indexOf(text.charAt(place - 1)) >= 0;
  }
}
