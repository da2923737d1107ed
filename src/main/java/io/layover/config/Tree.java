package io.layover.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value of the configuration before it is understood, with the place it came from. Lists and
 * mappings are open to change, for the variables that are laid over them.
 */
sealed interface Tree {
  Place place();

  /** What it is, as a sentence names it. */
  String kind();

  /** Whether it says nothing: null, an empty text, list or mapping. */
  boolean isEmpty();

  /** A single value; {@code plain} when it stood without quotes. */
  record Scalar(Place place, String text, boolean plain) implements Tree {
    private static final Pattern NULL = Pattern.compile("|~|null|Null|NULL");

    @Override
    public String kind() {
      return isEmpty() ? "nothing" : "text";
    }

    @Override
    public boolean isEmpty() {
      return text.isEmpty() || isNull();
    }

    /** Whether it is YAML's null, as an empty text in quotes is not. */
    boolean isNull() {
      return plain && NULL.matcher(text).matches();
    }
  }

  /** A list. */
  record Items(Place place, List<Tree> items) implements Tree {
    Items(Place place) {
      this(place, new ArrayList<>());
    }

    @Override
    public String kind() {
      return "a list";
    }

    @Override
    public boolean isEmpty() {
      return items.isEmpty();
    }
  }

  /** A mapping, in the order it was written. */
  record Fields(Place place, Map<String, Field> fields) implements Tree {
    Fields(Place place) {
      this(place, new LinkedHashMap<>());
    }

    void put(String key, Place keyPlace, Tree value) {
      fields.put(key, new Field(keyPlace, value));
    }

    /** The field of a path such as {@code storage.s3}. */
    @Nullable Field find(String path) {
      var dot = path.indexOf('.');
      if (dot < 0) {
        return fields.get(path);
      }
      var field = fields.get(path.substring(0, dot));
      return field != null && field.value() instanceof Fields below
          ? below.find(path.substring(dot + 1))
          : null;
    }

    @Override
    public String kind() {
      return "a mapping";
    }

    @Override
    public boolean isEmpty() {
      return fields.isEmpty();
    }
  }

  /** A value under a key, with the place of the key. */
  record Field(Place place, Tree value) {}

  static Scalar nothing(Place place) {
    return new Scalar(place, "", true);
  }
}
