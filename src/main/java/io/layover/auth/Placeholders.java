package io.layover.auth;

import io.layover.auth.AccessRule.Field;
import io.layover.pattern.Regex;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** What {@code ${…}} stands for in the patterns of rules, for one request. */
final class Placeholders {
  private static final long MOST_COMBINATIONS = 100_000;

  private final Map<String, String> values;
  private final Map<String, List<String>> labels;

  private Placeholders(Map<String, String> values, Map<String, List<String>> labels) {
    this.values = values;
    this.labels = labels;
  }

  /** The fields stand for themselves, whatever characters they have; labels may be patterns. */
  static Placeholders of(Authorizer.Request request) {
    var values = new LinkedHashMap<String, String>();
    for (var field : Field.values()) {
      values.put(
          "${" + field.name().toLowerCase(Locale.ROOT) + "}", Regex.quote(field.of(request)));
    }
    var labels = new LinkedHashMap<String, List<String>>();
    request.account().labels().forEach((key, ofKey) -> labels.put("${labels:" + key + "}", ofKey));
    return new Placeholders(values, labels);
  }

  /** These and more; what was there before goes first. */
  Placeholders and(Map<String, String> more) {
    var all = new LinkedHashMap<>(more);
    all.putAll(values);
    return new Placeholders(all, labels);
  }

  /** The pattern with every placeholder but those of labels; one that is unknown stays. */
  String fill(String pattern) {
    return fill(pattern, values);
  }

  /**
   * The pattern for every combination of the values of the labels in it; nothing if there are none.
   *
   * @throws IllegalStateException if there are too many
   */
  Stream<String> fillWithLabels(String pattern) {
    var chosen = labels.entrySet().stream().filter(l -> pattern.contains(l.getKey())).toList();
    if (chosen.isEmpty()) {
      return Stream.empty();
    }
    var combinations = 1L;
    for (var label : chosen) {
      combinations *= label.getValue().size();
      if (combinations > MOST_COMBINATIONS) {
        throw new IllegalStateException(
            "an account's labels make more than " + MOST_COMBINATIONS + " of one pattern");
      }
    }
    return LongStream.range(0, combinations)
        .mapToObj(number -> fill(pattern, combination(chosen, number)));
  }

  private Map<String, String> combination(
      List<Map.Entry<String, List<String>>> chosen, long number) {
    var combination = new LinkedHashMap<>(values);
    var rest = number;
    for (var label : chosen) {
      var size = label.getValue().size();
      combination.putIfAbsent(label.getKey(), label.getValue().get((int) (rest % size)));
      rest /= size;
    }
    return combination;
  }

  /** What is filled in is not looked at again. */
  private static String fill(String pattern, Map<String, String> values) {
    var filled = new StringBuilder();
    var at = 0;
    for (var start = pattern.indexOf("${"); start >= 0; start = pattern.indexOf("${", at)) {
      filled.append(pattern, at, start);
      var end = pattern.indexOf('}', start) + 1;
      var value = values.get(pattern.substring(start, Math.max(start, end)));
      if (value == null) {
        filled.append('$');
        at = start + 1;
      } else {
        filled.append(value);
        at = end;
      }
    }
    return filled.append(pattern, at, pattern.length()).toString();
  }
}
