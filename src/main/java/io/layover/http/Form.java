package io.layover.http;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names and values as in a query or a form, unlike a lenient parser's all of them or none.
 *
 * @see <a href="https://url.spec.whatwg.org/#application/x-www-form-urlencoded">URL, {@code
 *     application/x-www-form-urlencoded}</a>
 */
final class Form {
  private final Map<String, List<String>> values = new HashMap<>();

  private Form() {}

  /**
   * Reads a form.
   *
   * @throws IllegalArgumentException if it is malformed, or has a control character
   */
  static Form parse(@Nullable String text) {
    var form = new Form();
    if (text != null && !text.isEmpty()) {
      for (var pair : text.split("&", -1)) {
        form.add(pair);
      }
    }
    return form;
  }

  private void add(String pair) {
    if (!pair.isEmpty()) {
      var equals = pair.indexOf('=');
      var name = equals < 0 ? pair : pair.substring(0, equals);
      var value = equals < 0 ? "" : pair.substring(equals + 1);
      values.computeIfAbsent(decode(name), k -> new ArrayList<>()).add(decode(value));
    }
  }

  private static String decode(String text) {
    var decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
    // What is not UTF-8 is decoded to U+FFFD.
    if (decoded.chars().anyMatch(c -> Character.isISOControl(c) || c == '\uFFFD')) {
      throw new IllegalArgumentException("a parameter has a character that it may not have");
    }
    return decoded;
  }

  /** The value of a parameter; empty if it is absent. */
  String get(String name) {
    var all = all(name);
    return all.isEmpty() ? "" : all.getFirst();
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }
}
