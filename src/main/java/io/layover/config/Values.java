package io.layover.config;

import io.layover.oci.Excerpt;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;

/** Single values as {@link Section} parses them. */
final class Values {
  private Values() {}

  static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("is no path: " + e.getReason(), e);
    }
  }

  /** The spellings of YAML 1.1, which Go's parser takes. */
  static boolean bool(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true", "yes", "on", "y" -> true;
      case "false", "no", "off", "n" -> false;
      default ->
          throw new IllegalArgumentException(
              "expected true or false, found \"" + Excerpt.of(text) + "\"");
    };
  }

  static int integer(String text, int least) {
    int number;
    try {
      number = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected a whole number, found \"" + Excerpt.of(text) + "\"", e);
    }
    if (number < least) {
      throw new IllegalArgumentException("must be at least " + least + ", not " + number);
    }
    return number;
  }

  /** A constant as it is written. */
  static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static <E extends Enum<E>> E choice(String text, Class<E> type) {
    var names = new ArrayList<String>();
    for (var constant : type.getEnumConstants()) {
      var name = name(constant);
      if (name.equals(text.toLowerCase(Locale.ROOT))) {
        return constant;
      }
      names.add(name);
    }
    var last = names.removeLast();
    throw new IllegalArgumentException(
        "must be %s or %s, not \"%s\"".formatted(String.join(", ", names), last, Excerpt.of(text)));
  }
}
