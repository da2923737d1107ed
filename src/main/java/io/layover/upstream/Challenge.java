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
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]++");
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\G[\\s,]*+([!#$%&'*+.^_`|~0-9A-Za-z-]++)\\s*+=\\s*+"
              + "(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,\"]++))");

  /** All challenges in the order they stand; what cannot be understood is left out. */
  static List<Challenge> parse(List<String> headers) {
    var challenges = new ArrayList<Challenge>();
    headers.forEach(header -> parse(header, challenges));
    return challenges;
  }

  private static void parse(String header, List<Challenge> into) {
    var parameter = PARAMETER.matcher(header);
    var token = TOKEN.matcher(header);
    var at = 0;
    Map<String, String> current = null;
    while (at < header.length()) {
      if (current != null && parameter.find(at) && parameter.start() == at) {
        var quoted = parameter.group(2);
        var value = quoted != null ? quoted.replaceAll("\\\\(.)", "$1") : parameter.group(3);
        current.putIfAbsent(parameter.group(1).toLowerCase(Locale.ROOT), value);
        at = parameter.end();
      } else if (token.find(at) && isSeparator(header, at, token.start())) {
        current = new HashMap<>();
        into.add(new Challenge(token.group().toLowerCase(Locale.ROOT), current));
        at = token.end();
      } else {
        return;
      }
    }
  }

  private static boolean isSeparator(String header, int from, int to) {
    return header.substring(from, to).chars().allMatch(c -> c == ',' || Character.isWhitespace(c));
  }

  @Nullable String parameter(String name) {
    return parameters.get(name);
  }
}
