package io.layover.config;

import io.layover.net.AddressBlock;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Dump;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.common.FlowStyle;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * Shows a configuration as YAML that can be read again, secrets masked. It goes over the records'
 * components, so that no key is forgotten.
 */
public final class ConfigPrinter {
  private static final DumpSettings BLOCKS =
      DumpSettings.builder()
          .setDefaultFlowStyle(FlowStyle.BLOCK)
          .setIndicatorIndent(2)
          .setIndentWithIndicator(true)
          .setSchema(new CoreSchema())
          .build();

  private ConfigPrinter() {}

  /** The effective values, defaults included. */
  public static String print(Config config) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("version", "0.1");
    all.putAll(fields(config));
    all.remove("warnings");
    return new Dump(BLOCKS).dumpToString(all).replaceFirst("\"0\\.1\"|'0\\.1'", "0.1");
  }

  /** The effective values of docker_auth's file. */
  public static String print(AuthFile file) {
    var all = fields(file);
    all.remove("warnings");
    return new Dump(BLOCKS).dumpToString(all);
  }

  /** The value as maps, lists and single values; null when there is nothing to show. */
  private static @Nullable Object shown(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Secret secret -> secret.toString();
      case Address address -> address.toString();
      case AddressBlock block -> block.toString();
      case Place place -> null;
      case Choice choice -> Map.of(choice.kind(), fields(choice));
      case Record section -> fields(section).isEmpty() ? null : fields(section);
      case Collection<?> list ->
          list.isEmpty() ? null : list.stream().map(ConfigPrinter::shown).toList();
      case Map<?, ?> map -> map.isEmpty() ? null : shown(map);
      case Enum<?> constant -> Values.name(constant);
      case Duration duration -> GoDuration.format(duration);
      case URI url -> HttpUrl.masked(url);
      // Counts are ints.
      case Long size -> ByteSize.format(size);
      case Boolean flag -> flag;
      case Integer number -> number;
      default -> value.toString();
    };
  }

  private static Map<String, Object> shown(Map<?, ?> map) {
    Map<String, Object> shown = new LinkedHashMap<>();
    map.forEach(
        (key, value) -> {
          var one = shown(value);
          if (one != null || value instanceof Record) {
            // That the key is there says something, as of a user.
            shown.put(String.valueOf(key), one == null ? nothing(value) : one);
          }
        });
    return shown;
  }

  private static Map<String, Object> fields(Object section) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (var component : section.getClass().getRecordComponents()) {
      var key = component.getAnnotation(Key.class);
      var value = read(component, section);
      var shown = shown(value);
      if (shown == null && value != null && key != null && key.always()) {
        shown = nothing(value);
      }
      put(fields, key == null ? component.getName() : key.value(), shown);
    }
    return fields;
  }

  /** A new one each time: where one stands twice, an alias would be shown. */
  private static Object nothing(Object value) {
    return value instanceof Collection<?> ? new ArrayList<>() : new LinkedHashMap<>();
  }

  private static void put(Map<String, Object> fields, String key, @Nullable Object value) {
    if (value == null) {
      return;
    }
    var dot = key.indexOf('.');
    if (key.isEmpty() && value instanceof Map<?, ?> inner) {
      inner.forEach((name, v) -> put(fields, String.valueOf(name), v));
    } else if (dot >= 0) {
      fields.put(key.substring(0, dot), Map.of(key.substring(dot + 1), value));
    } else {
      fields.put(key, value);
    }
  }

  private static @Nullable Object read(RecordComponent component, Object section) {
    try {
      return component.getAccessor().invoke(section);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("a record has accessors", e);
    }
  }
}
