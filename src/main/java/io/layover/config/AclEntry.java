package io.layover.config;

import io.layover.net.AddressBlock;
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
public record AclEntry(Match match, List<String> actions, @Nullable String comment, Place place) {
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
          text(s, "account", Match::checkPattern),
          text(s, "type", Match::checkPattern),
          text(s, "name", Match::checkPattern),
          text(s, "ip", Match::checkRange),
          text(s, "service", Match::checkPattern),
          labels(s.section("labels")));
    }

    private static Map<String, String> labels(Section s) {
      var labels = new LinkedHashMap<String, String>();
      for (var key : s.keys()) {
        var pattern = text(s, key, Match::checkPattern);
        // As in docker_auth, nothing is a pattern too: that of a label that is empty.
        labels.put(key, pattern == null ? "" : pattern);
      }
      return Collections.unmodifiableMap(labels);
    }

    /** An empty text in quotes is one too: left out, a rule would be about more than it says. */
    private static @Nullable String text(Section s, String key, Function<String, String> check) {
      var text = s.literal(key);
      return text == null ? null : s.valid(key, text, check);
    }

    /** What stands between slashes must be an expression even before placeholders are filled. */
    private static String checkPattern(String text) {
      if (text.length() > 2 && text.startsWith("/") && text.endsWith("/")) {
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
