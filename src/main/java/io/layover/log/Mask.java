package io.layover.log;

import java.util.List;
import java.util.regex.Matcher;
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

  private record Rule(Pattern secret, String shown) {}

  private static final List<Rule> RULES =
      List.of(
          // https://user:password@host, and https://token@host.
          rule("(://(?:[^/?#\\s\"'<>:@]*+:)?)[^/?#\\s\"'<>]*@", "$1" + COVER + "@"),
          // What a URL is signed by has many names.
          rule("(://[^?#\\s\"'<>]++\\?)[^\\s\"'<>]++", "$1" + COVER),
          rule("(\\bauthorization[\"']?\\s*+[:=]\\s*+[\"']?)[^\\r\\n\"']++", "$1" + COVER),
          rule("\\b(basic|bearer) +(?=[a-z._~+/-]*+[0-9=])[a-z0-9._~+/=-]{8,}+", "$1 " + COVER),
          rule("(" + NAMES + "=)[^&\\s\"'<>]++", "$1" + COVER),
          rule("(" + NAMES + "\"\\s*+:\\s*+\")[^\"]*+", "$1" + COVER),
          // A token of JSON, wherever it stands.
          rule("\\beyJ[a-z0-9_-]{10,}+[a-z0-9_.-]*+", COVER));

  private Mask() {}

  private static Rule rule(String secret, String shown) {
    return new Rule(Pattern.compile(secret, Pattern.CASE_INSENSITIVE), shown);
  }

  /** The text without what looks like a secret. */
  static String over(String text) {
    var shown = text;
    for (var rule : RULES) {
      Matcher found = rule.secret.matcher(shown);
      if (found.find()) {
        shown = found.replaceAll(rule.shown);
      }
    }
    return shown;
  }
}
