package io.layover.upstream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
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
public record Challenge(String scheme, Map<String, String> parameters) {
  private static final String TOKEN = "([!#$%&'*+.^_`|~0-9A-Za-z-]++)";
  private static final Pattern PARAMETER =
      Pattern.compile(
          "[\\s,;]*+" + TOKEN + "\\s*+=\\s*+(?:\"((?:[^\"\\\\]|\\\\.)*+)\"|([^\\s,;\"]++))");
  private static final Pattern SCHEME = Pattern.compile("[\\s,;]*+" + TOKEN + "(?=[\\s,;]|$)");

  /** What stands between two blanks or commas and is neither: Negotiate's data, or a mistake. */
  private static final Pattern OTHER = Pattern.compile("[\\s,;]*+[^\\s,;]++|[\\s,;]++");

  private static final int MOST = 32;

  /** All challenges in the order they stand; what cannot be understood is left out. */
  public static List<Challenge> parse(List<String> headers) {
    var challenges = new ArrayList<Challenge>();
    headers.forEach(header -> parse(header, challenges));
    return challenges;
  }

  private static void parse(String header, List<Challenge> into) {
    var parameter = PARAMETER.matcher(header);
    var scheme = SCHEME.matcher(header);
    var other = OTHER.matcher(header);
    Map<String, String> current = null;
    for (var at = 0; at < header.length() && into.size() <= MOST; ) {
      if (current != null && parameter.region(at, header.length()).lookingAt()) {
        current.putIfAbsent(parameter.group(1).toLowerCase(Locale.ROOT), value(parameter));
        at = parameter.end();
      } else if (scheme.region(at, header.length()).lookingAt()) {
        current = new HashMap<>();
        into.add(new Challenge(scheme.group(1).toLowerCase(Locale.ROOT), current));
        at = scheme.end();
      } else {
        at = other.region(at, header.length()).lookingAt() ? other.end() : header.length();
      }
    }
  }

  private static String value(Matcher parameter) {
    var quoted = parameter.group(2);
    return quoted != null ? quoted.replaceAll("\\\\(.)", "$1") : parameter.group(3);
  }

  boolean isBearer() {
    return scheme.equals("bearer");
  }

  boolean isBasic() {
    return scheme.equals("basic");
  }

  boolean hasRealm() {
    return !parameters.getOrDefault("realm", "").isBlank();
  }

  @Nullable String parameter(String name) {
    return parameters.get(name);
  }
}
