package io.layover.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong, so that a reader is told of everything at once. */
final class Problems {
  private record Entry(Place place, String sentence) {
    @Override
    public String toString() {
      return place + ": " + sentence;
    }
  }

  private final List<Entry> errors = new ArrayList<>();
  private final List<Entry> warnings = new ArrayList<>();

  void add(Place place, String sentence) {
    errors.add(new Entry(place, sentence));
  }

  void add(Place place, String path, String sentence) {
    add(place, path + ": " + sentence);
  }

  void warn(Place place, String sentence) {
    warnings.add(new Entry(place, sentence));
  }

  /** The warnings in the order of their places. */
  List<String> warnings() {
    return lines(warnings);
  }

  /** Returns if there was nothing to add. */
  void throwIfAny() {
    if (!errors.isEmpty()) {
      throw new ConfigException(lines(errors));
    }
  }

  private static List<String> lines(List<Entry> entries) {
    return entries.stream()
        .sorted(Comparator.comparing(Entry::place))
        .map(Entry::toString)
        .distinct()
        .toList();
  }
}
