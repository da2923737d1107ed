package io.layover.config;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Lays the {@code REGISTRY_…} variables over the configuration, as distribution does: in the order
 * of their names, so that a section comes before its parts; each value is YAML.
 */
final class Overrides {
  static final String PREFIX = "REGISTRY_";

  private static final Set<String> SECTIONS =
      Set.of(
          "log",
          "loglevel",
          "storage",
          "auth",
          "middleware",
          "http",
          "notifications",
          "redis",
          "health",
          "catalog",
          "tags",
          "proxy",
          "validation",
          "policy",
          "compatibility",
          "reporting");

  /** Where distribution's name of a field is not its key. {@code #} is an index. */
  private static final Map<String, String> ALIASES =
      Map.of(
          "health.httpcheckers", "http",
          "health.filecheckers", "file",
          "health.tcpcheckers", "tcp",
          "notifications.eventconfig", "events",
          "log.hooks.#.mailoptions", "options",
          "compatibility.schema1.trustkey", "signingkeyfile");

  /** Mappings whose keys are free: a number is a key there, not an index. */
  private static final Set<String> FREE = Set.of("log.fields", "http.headers");

  /** What Kubernetes sets in every pod beside a service called {@code registry-…}. */
  private static final Pattern SERVICE_LINK =
      Pattern.compile(".+_(SERVICE_HOST|SERVICE_PORT(_\\w+)?|PORT_\\d+_[A-Z]+_(PROTO|PORT|ADDR))");

  /** These are taken for links by their value too: somebody may have meant a port. */
  private static final Pattern PORT_LINK = Pattern.compile(".+_PORT(_\\d+_[A-Z]+)?");

  private static final Pattern LINKED = Pattern.compile("(tcp|udp|sctp)://.*");

  private final Problems problems;

  private Overrides(Problems problems) {
    this.problems = problems;
  }

  /** Changes {@code root} as the variables say. */
  static void apply(Tree.Fields root, Map<String, String> environment, Problems problems) {
    selectDriver(root, "storage");
    selectDriver(root, "auth");
    var overrides = new Overrides(problems);
    new TreeMap<>(environment)
        .tailMap(PREFIX)
        .forEach(
            (name, value) -> {
              if (name.startsWith(PREFIX)) {
                overrides.apply(root, name, value);
              }
            });
  }

  private void apply(Tree.Fields root, String name, String value) {
    var place = Place.variable(name);
    var segments = List.of(name.substring(PREFIX.length()).split("_", -1));
    var section = segments.getFirst().toLowerCase(Locale.ROOT);
    if (section.equals("version")) {
      problems.warn(place, "ignored; the version cannot be set by a variable");
    } else if (!SECTIONS.contains(section)
        || !section.toUpperCase(Locale.ROOT).equals(segments.getFirst())) {
      problems.warn(
          place,
          "ignored, as the configuration has no section "
              + section
              + Spelling.hint(section, SECTIONS));
    } else if (isServiceLink(segments, value)) {
      problems.warn(place, "ignored, as it looks like a Kubernetes service link");
    } else if (segments.contains("")) {
      problems.add(place, "the name has an empty part");
    } else {
      set(root, new Path("", ""), segments, Yaml.read(value, place, problems));
      selectDriver(root, segments.getFirst().toLowerCase(Locale.ROOT));
    }
  }

  private static boolean isServiceLink(List<String> segments, String value) {
    var name = String.join("_", segments);
    return FREE.stream()
            .noneMatch(
                path -> name.startsWith(path.toUpperCase(Locale.ROOT).replace('.', '_') + "_"))
        && (SERVICE_LINK.matcher(name).matches()
            || (PORT_LINK.matcher(name).matches() && LINKED.matcher(value).matches()));
  }

  /** Where a value stands: as a sentence names it, and as {@link #ALIASES} do. */
  private record Path(String shown, String general) {
    Path key(String key) {
      return shown.isEmpty()
          ? new Path(key, key)
          : new Path(shown + "." + key, general + "." + key);
    }

    Path index(int index) {
      return new Path(shown + "[" + index + "]", general + ".#");
    }
  }

  private void set(Tree into, Path path, List<String> segments, Tree value) {
    switch (into) {
      case Tree.Fields fields -> setField(fields, path, segments, value);
      case Tree.Items list -> setItem(list, path, segments, value);
      case Tree.Scalar scalar ->
          problems.add(
              value.place(),
              path.shown,
              "is a single value, which has no part " + segments.getFirst());
    }
  }

  private void setField(Tree.Fields fields, Path path, List<String> segments, Tree value) {
    var key = keyOf(fields, path, segments.getFirst());
    var field = fields.fields().get(key);
    if (segments.size() == 1) {
      fields.put(key, value.place(), value);
      return;
    }
    var below = path.key(key);
    var rest = segments.subList(1, segments.size());
    var there = container(field == null ? null : field.value(), below, rest, value.place());
    fields.put(key, field == null ? value.place() : field.place(), there);
    set(there, below, rest, value);
  }

  private void setItem(Tree.Items list, Path path, List<String> segments, Tree value) {
    var items = list.items();
    var segment = segments.getFirst();
    var index = isIndex(segment) ? Integer.parseInt(segment) : -1;
    if (index < 0 || index > items.size()) {
      problems.add(
          value.place(),
          path.shown,
          "is a list of %d; %s is no index from 0 to %d"
              .formatted(items.size(), segment, items.size()));
      return;
    }
    if (index == items.size()) {
      items.add(Tree.nothing(value.place()));
    }
    if (segments.size() == 1) {
      items.set(index, value);
      return;
    }
    var rest = segments.subList(1, segments.size());
    var there = container(items.get(index), path.index(index), rest, value.place());
    items.set(index, there);
    set(there, path.index(index), rest, value);
  }

  /** What is there, or something empty that the next segment can be set in. */
  private static Tree container(
      @Nullable Tree there, Path path, List<String> segments, Place place) {
    if (there != null && !(there instanceof Tree.Scalar scalar && scalar.isEmpty())) {
      return there;
    }
    return isIndex(segments.getFirst()) && !FREE.contains(path.general)
        ? new Tree.Items(place)
        : new Tree.Fields(place);
  }

  private static boolean isIndex(String segment) {
    return segment.matches("\\d{1,6}");
  }

  /** The key that is there and differs in case only, or a new one in lower case. */
  private static String keyOf(Tree.Fields fields, Path path, String segment) {
    var key = segment.toLowerCase(Locale.ROOT);
    var alias = ALIASES.get(path.key(key).general);
    if (alias != null) {
      return alias;
    }
    return fields.fields().keySet().stream()
        .filter(known -> known.equalsIgnoreCase(segment))
        .findFirst()
        .orElse(key);
  }

  /** {@code storage: s3} is short for {@code storage: {s3: {}}}. */
  private static void selectDriver(Tree.Fields root, String section) {
    if (!section.equals("storage") && !section.equals("auth")) {
      return;
    }
    var field = root.fields().get(section);
    if (field != null && field.value() instanceof Tree.Scalar driver && !driver.isEmpty()) {
      var selected = new Tree.Fields(driver.place());
      selected.put(driver.text(), driver.place(), new Tree.Fields(driver.place()));
      root.put(section, field.place(), selected);
    }
  }
}
