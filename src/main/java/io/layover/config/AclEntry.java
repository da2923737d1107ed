package io.layover.config;

import io.layover.net.AddressBlock;
import io.layover.pattern.Glob;
import io.layover.pattern.Regex;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A rule about access: who may do what where.
 *
 * @param actions what is granted; {@code *} alone is everything, empty is nothing
 * @param place where it stands
 */
public record AclEntry(
    @Key(value = "match", always = true) Match match,
    @Key(value = "actions", always = true) List<String> actions,
    @Nullable String comment,
    Place place) {
  /**
   * What a request must be like. Each is a glob or, between slashes, a regular expression of Go's
   * syntax; an absent one is like anything.
   *
   * @param account empty: whoever did not say who it is
   * @param ip an address, or a block of them such as {@code 10.0.0.0/8}
   * @param labels of which the account has, for every key, one that is like that
   */
  public record Match(
      @Nullable String account,
      @Nullable String type,
      @Nullable String name,
      @Nullable String ip,
      @Nullable String service,
      Map<String, String> labels) {
    private static Match read(Section s) {
      return new Match(
          pattern(s, "account"),
          pattern(s, "type"),
          pattern(s, "name"),
          text(s, "ip", Match::checkRange),
          pattern(s, "service"),
          labels(s.section("labels")));
    }

    private static Map<String, String> labels(Section s) {
      var labels = new LinkedHashMap<String, String>();
      for (var key : s.keys()) {
        var pattern = pattern(s, key);
        // As in docker_auth, nothing is a pattern too: that of a label that is empty.
        labels.put(key, pattern == null ? "" : pattern);
      }
      return Collections.unmodifiableMap(labels);
    }

    private static @Nullable String pattern(Section s, String key) {
      var text = text(s, key, Match::checkExpression);
      if (text != null && !isExpression(text) && !text.contains("${")) {
        try {
          Glob.parse(text);
        } catch (IllegalArgumentException e) {
          // As in docker_auth, the rule is there all the same.
          s.warn(key, e.getMessage() + ", so that nothing is like it");
        }
      }
      return text;
    }

    /** An empty text in quotes is one too: left out, a rule would be about more than it says. */
    private static @Nullable String text(Section s, String key, Function<String, String> check) {
      var text = s.literal(key);
      return text == null ? null : s.valid(key, text, check);
    }

    private static boolean isExpression(String text) {
      return text.length() > 2 && text.startsWith("/") && text.endsWith("/");
    }

    /** It must be one even before placeholders are filled in. */
    private static String checkExpression(String text) {
      if (isExpression(text)) {
        Regex.parse(text.substring(1, text.length() - 1));
      }
      return text;
    }

    private static String checkRange(String text) {
      AddressBlock.parse(text);
      return text;
    }
  }

  static AclEntry read(Section s) {
    if (!s.has("match")) {
      s.problem("match", "is required; write {} to match everything");
    }
    if (!s.has("actions")) {
      s.problem("actions", "is required; write [] to deny");
    }
    return new AclEntry(
        Match.read(s.section("match")), s.texts("actions"), s.text("comment"), s.place());
  }
}
