package io.layover.upstream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One challenge of a {@code WWW-Authenticate} header. Upstreams write them in many ways, so the
 * reader takes what it can: quoted values or not, any case, several challenges in one header or in
 * many, and parameters that are missing.
 *
 * @param scheme in lower case
 * @param parameters by lower-case name
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1">RFC 9110, 11.6.1</a>
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final int LONGEST = 16 << 10;
  private static final String TOKEN = "([!#$%&'*+.^_`|~0-9A-Za-z-]++)";
  private static final Pattern SCHEME = Pattern.compile("[\\s,]*+" + TOKEN + "(?!\\s*+=)");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "[\\s,]*+" + TOKEN + "\\s*+=\\s*+(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]++))");

  /** All challenges in the order they stand; what cannot be understood is left out. */
  static List<Challenge> parse(List<String> headers) {
    var challenges = new ArrayList<Challenge>();
    headers.forEach(header -> parse(header, challenges));
    return challenges;
  }

  private static void parse(String header, List<Challenge> into) {
    if (header.length() > LONGEST) {
      return;
    }
    var parameter = PARAMETER.matcher(header);
    var scheme = SCHEME.matcher(header);
    Map<String, String> current = null;
    for (var at = 0; at < header.length(); ) {
      if (current != null && parameter.region(at, header.length()).lookingAt()) {
        var quoted = parameter.group(2);
        var value = quoted != null ? quoted.replaceAll("\\\\(.)", "$1") : parameter.group(3);
        current.putIfAbsent(parameter.group(1).toLowerCase(Locale.ROOT), value);
        at = parameter.end();
      } else if (scheme.region(at, header.length()).lookingAt()) {
        current = new HashMap<>();
        into.add(new Challenge(scheme.group(1).toLowerCase(Locale.ROOT), current));
        at = scheme.end();
      } else {
        return;
      }
    }
  }

  @Nullable String parameter(String name) {
    return parameters.get(name);
  }
}
