package io.layover.auth;

import io.layover.auth.AccessRule.Field;
import io.layover.net.AddressBlock;
import io.layover.pattern.Regex;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A rule that is ready to be compared with requests. */
final class CompiledRule {
  /** {@code ${account:1}}: what the first group of the account's own expression took. */
  private static final Regex CAPTURE = Regex.parse("\\$\\{(.+?):(\\d+)\\}");

  private record Capture(String placeholder, Field field, Regex expression, int group) {}

  private final AccessRule rule;
  private final Map<Field, FieldPattern> fields = new EnumMap<>(Field.class);
  private final Map<String, FieldPattern> labels = new LinkedHashMap<>();
  private final @Nullable AddressBlock addresses;
  private final List<Capture> captures = new ArrayList<>();

  CompiledRule(AccessRule rule) {
    this.rule = rule;
    var match = rule.match();
    for (var field : Field.values()) {
      var pattern = match.pattern(field);
      if (pattern != null) {
        fields.put(field, new FieldPattern(pattern));
        CAPTURE.all(pattern).forEach(this::addCapture);
      }
    }
    match.labels().forEach((key, pattern) -> labels.put(key, new FieldPattern(pattern)));
    addresses = match.ip() == null ? null : AddressBlock.parse(match.ip());
  }

  /** One that names no field with an expression stays in the pattern as it is. */
  private void addCapture(List<String> found) {
    for (var field : Field.values()) {
      var pattern = rule.match().pattern(field);
      if (pattern != null
          && isName(found.get(1), field)
          && found.get(2).length() < 10
          && pattern.length() >= 2
          && pattern.startsWith("/")
          && pattern.endsWith("/")) {
        var expression = Regex.parse(pattern.substring(1, pattern.length() - 1));
        captures.add(
            new Capture(found.getFirst(), field, expression, Integer.parseInt(found.get(2))));
      }
    }
  }

  /** The first letter may be a capital. */
  private static boolean isName(String text, Field field) {
    var name = field.name().toLowerCase(Locale.ROOT);
    return text.equals(name) || text.equals(field.name().charAt(0) + name.substring(1));
  }

  List<String> actions() {
    return rule.actions();
  }

  String words() {
    return rule.words();
  }

  /** Whether a request is like everything that the rule says. */
  boolean matches(Authorizer.Request request, Placeholders ofRequest) {
    var placeholders = captures.isEmpty() ? ofRequest : ofRequest.and(captured(request));
    return fields.entrySet().stream()
            .allMatch(
                field -> field.getValue().matchesAny(field.getKey().of(request), placeholders))
        && (addresses == null
            || (request.address() != null && addresses.contains(request.address())))
        && labels.entrySet().stream()
            .allMatch(
                label ->
                    request.account().labels().getOrDefault(label.getKey(), List.of()).stream()
                        .anyMatch(value -> label.getValue().matches(value, placeholders)));
  }

  private Map<String, String> captured(Authorizer.Request request) {
    var captured = new LinkedHashMap<String, String>();
    for (var capture : captures) {
      var groups = capture.expression.groups(capture.field.of(request));
      if (groups != null && capture.group > 0 && capture.group < groups.size()) {
        captured.putIfAbsent(capture.placeholder, groups.get(capture.group));
      }
    }
    return captured;
  }
}
