package io.layover.config;

import io.layover.net.AddressBlock;
import java.lang.reflect.Array;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A key with a single value, a list of them or a map, as {@link ConfigPrinter} would write it.
 *
 * @param path such as {@code proxy.upstreams[].name}
 */
record ConfigKey(String path, RecordComponent component) {
  private static final Set<Class<?>> VALUES =
      Set.of(AddressBlock.class, Secret.class, Address.class);

  /** Every key that has a component in a record of {@link Config}. */
  static List<ConfigKey> all() {
    var keys = new ArrayList<ConfigKey>();
    collect(Config.class, "", keys);
    keys.removeIf(key -> key.path.equals("warnings"));
    return keys;
  }

  private static void collect(Class<?> record, String path, List<ConfigKey> keys) {
    for (var component : record.getRecordComponents()) {
      var key = component.getAnnotation(Key.class);
      var below = join(path, key == null ? component.getName() : key.value());
      var type = component.getType();
      if (type == List.class && isSection(itemOf(component))) {
        collect((Class<?>) itemOf(component), below + "[]", keys);
      } else if (Choice.class.isAssignableFrom(type)) {
        for (var kind : type.getPermittedSubclasses()) {
          collect(kind, join(below, nameOf(kind)), keys);
        }
      } else if (isSection(type)) {
        collect(type, below, keys);
      } else {
        keys.add(new ConfigKey(below, component));
      }
    }
  }

  private static boolean isSection(Type type) {
    return type instanceof Class<?> c && c.isRecord() && !VALUES.contains(c);
  }

  /** What a list consists of. */
  static Type itemOf(RecordComponent component) {
    return ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
  }

  private static String join(String path, String key) {
    return path.isEmpty() || key.isEmpty() ? path + key : path + "." + key;
  }

  /** Asks an instance without content for the name of its kind. */
  private static String nameOf(Class<?> kind) {
    try {
      var constructor = kind.getDeclaredConstructors()[0];
      constructor.setAccessible(true);
      var nothing = Arrays.stream(constructor.getParameterTypes()).map(ConfigKey::nothing);
      return ((Choice) constructor.newInstance(nothing.toArray())).kind();
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Object nothing(Class<?> type) {
    return Array.get(Array.newInstance(type, 1), 0);
  }

  /** The path as {@link Idle} and {@link Unserved} write it. */
  static String general(String path) {
    return path.replace("[]", ".#");
  }

  /** Whether {@code path} is {@code row} or below it. */
  static boolean isIn(String path, String row) {
    return general(path).equals(row) || general(path).startsWith(row + ".");
  }
}
