package io.layover.config;

import io.layover.oci.Excerpt;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A mapping of the configuration, read key by key. A wrong value is noted with its place and its
 * default returned, so that reading goes on; {@link #done} notes the keys that nobody asked for.
 * Null and empty text count as absent, as in distribution.
 *
 * <p>A parser given to it throws {@code IllegalArgumentException} with the end of the sentence
 * {@code http.addr: …}.
 */
final class Section {
  private final String path;
  private final Tree.Fields tree;
  private final Problems problems;
  private final Set<String> asked = new LinkedHashSet<>();
  private final Map<String, Section> below = new LinkedHashMap<>();

  private Section(String path, Tree.Fields tree, Problems problems) {
    this.path = path;
    this.tree = tree;
    this.problems = problems;
  }

  static Section root(Tree.Fields tree, Problems problems) {
    return new Section("", tree, problems);
  }

  /** Whether anything is set in it. */
  boolean isPresent() {
    return tree.fields().keySet().stream().anyMatch(this::has);
  }

  /** Whether {@code key} has a value. */
  boolean has(String key) {
    var field = tree.fields().get(key);
    return field != null && !(field.value() instanceof Tree.Scalar s && s.isEmpty());
  }

  /** The keys as written, those without a value included. */
  List<String> keys() {
    return List.copyOf(tree.fields().keySet());
  }

  @Nullable String text(String key) {
    var value = get(key);
    if (value == null) {
      return null;
    }
    if (value instanceof Tree.Scalar scalar) {
      return scalar.text();
    }
    problem(key, "expected text, found " + value.kind());
    return null;
  }

  /** A text as it was written, in which an empty one in quotes is a value too; null if absent. */
  @Nullable String literal(String key) {
    var field = tree.fields().get(key);
    if (field != null && field.value() instanceof Tree.Scalar scalar && !scalar.isNull()) {
      asked.add(key);
      return scalar.text();
    }
    return text(key);
  }

  String text(String key, String otherwise) {
    return Objects.requireNonNullElse(text(key), otherwise);
  }

  /** A text that must be there; without it the problem is noted and the text empty. */
  String required(String key) {
    if (!has(key)) {
      asked.add(key);
      problem(key, "is required");
      return "";
    }
    return text(key, "");
  }

  @Nullable Secret secret(String key) {
    var text = text(key);
    return text == null ? null : new Secret(text);
  }

  List<Path> paths(String key) {
    return values(key, Values::path);
  }

  @Nullable Path path(String key) {
    return value(key, Values::path);
  }

  boolean flag(String key, boolean otherwise) {
    return value(key, Values::bool, otherwise);
  }

  /** A whole number of at least {@code least}. */
  int integer(String key, int least, int otherwise) {
    return value(key, text -> Values.integer(text, least), otherwise);
  }

  Duration duration(String key, Duration otherwise) {
    return value(key, GoDuration::parse, otherwise);
  }

  @Nullable Long size(String key) {
    return value(key, ByteSize::parse);
  }

  long size(String key, long otherwise) {
    return value(key, ByteSize::parse, otherwise);
  }

  /** One of the constants of an enum, written in lower case. */
  <E extends Enum<E>> E choice(String key, E otherwise) {
    return value(key, text -> Values.choice(text, otherwise.getDeclaringClass()), otherwise);
  }

  <T> T value(String key, Function<String, T> parse, T otherwise) {
    var value = value(key, parse);
    return value == null ? otherwise : value;
  }

  <T> @Nullable T value(String key, Function<String, T> parse) {
    var text = text(key);
    return text == null ? null : parsed(key, text, parse);
  }

  /** A text that was derived from {@code key}; the same text, and the problem noted if it fails. */
  String valid(String key, String text, Function<String, String> check) {
    parsed(key, text, check);
    return text;
  }

  List<String> texts(String key) {
    return values(key, Function.identity());
  }

  /** A list of single values; absent is empty. */
  <T> List<T> values(String key, Function<String, T> parse) {
    var values = new ArrayList<T>();
    for (var item : items(key)) {
      if (item.value() instanceof Tree.Scalar scalar && !scalar.isEmpty()) {
        var value = parsed(item.key(), scalar.text(), parse, scalar.place());
        if (value != null) {
          values.add(value);
        }
      } else {
        problems.add(
            item.value().place(),
            pathOf(item.key()),
            "expected text, found " + item.value().kind());
      }
    }
    return Collections.unmodifiableList(values);
  }

  /** The mapping under {@code key}, the same one for every call; empty when absent. */
  Section section(String key) {
    var value = get(key);
    if (value != null && !(value instanceof Tree.Fields)) {
      problem(key, "expected a mapping, found " + value.kind());
    }
    return child(key, value instanceof Tree.Fields fields ? fields : new Tree.Fields(place(key)));
  }

  /** A list of mappings; absent is empty. */
  List<Section> sections(String key) {
    var sections = new ArrayList<Section>();
    for (var item : items(key)) {
      if (item.value() instanceof Tree.Fields fields) {
        sections.add(child(item.key(), fields));
      } else {
        problems.add(
            item.value().place(),
            pathOf(item.key()),
            "expected a mapping, found " + item.value().kind());
      }
    }
    return sections;
  }

  /** All of a mapping whose keys are free, each with a single value. */
  Map<String, String> texts() {
    return all(key -> text(key, ""));
  }

  /** All of a mapping whose keys are free, each with a list. */
  <T> Map<String, List<T>> lists(Function<String, T> parse) {
    return all(key -> values(key, parse));
  }

  private <T> Map<String, T> all(Function<String, T> read) {
    var map = new LinkedHashMap<String, T>();
    keys().forEach(key -> map.put(key, read.apply(key)));
    return Collections.unmodifiableMap(map);
  }

  /** Keys that are known, and not looked at. */
  void skip(String... keys) {
    Collections.addAll(asked, keys);
  }

  /** Notes that the value of {@code key} is wrong, or missing. */
  void problem(String key, String sentence) {
    problems.add(place(key), pathOf(key), sentence);
  }

  void warn(String key, String sentence) {
    problems.warn(place(key), pathOf(key) + ": " + sentence);
  }

  /** Notes which of two is missing, if only one of them is there. */
  void requireBoth(String key, String other) {
    if (has(key) != has(other)) {
      var missing = has(key) ? other : key;
      problem(missing, "is required beside " + (has(key) ? key : other));
    }
  }

  /** The place of this mapping. */
  Place place() {
    return tree.place();
  }

  /** The place of the value of {@code key}, or of this section when it is absent. */
  Place place(String key) {
    var field = tree.fields().get(key);
    return field == null ? tree.place() : field.value().place();
  }

  /** Notes every key, here and below, that nobody asked for. */
  void done() {
    tree.fields()
        .forEach(
            (key, field) -> {
              if (!asked.contains(key)) {
                var shown = Excerpt.of(key);
                problems.add(
                    field.place(), pathOf(shown), "unknown key" + Spelling.hint(shown, asked));
              }
            });
    below.values().forEach(Section::done);
  }

  private @Nullable Tree get(String key) {
    asked.add(key);
    var field = tree.fields().get(key);
    return field == null || !has(key) ? null : field.value();
  }

  private record Item(String key, Tree value) {}

  private List<Item> items(String key) {
    var value = get(key);
    if (value == null) {
      return List.of();
    }
    if (!(value instanceof Tree.Items list)) {
      problem(key, "expected a list, found " + value.kind());
      return List.of();
    }
    var items = new ArrayList<Item>();
    for (var item : list.items()) {
      items.add(new Item(key + "[" + items.size() + "]", item));
    }
    return items;
  }

  private Section child(String key, Tree.Fields fields) {
    return below.computeIfAbsent(key, k -> new Section(pathOf(k), fields, problems));
  }

  private String pathOf(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private <T> @Nullable T parsed(String key, String text, Function<String, T> parse) {
    return parsed(key, text, parse, place(key));
  }

  private <T> @Nullable T parsed(String key, String text, Function<String, T> parse, Place place) {
    try {
      return parse.apply(text);
    } catch (IllegalArgumentException e) {
      problems.add(place, pathOf(key), String.valueOf(e.getMessage()));
      return null;
    }
  }
}
