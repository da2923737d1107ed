package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.net.AddressBlock;
import io.layover.net.HostPattern;
import io.layover.net.ProxyChoice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/configuration.md} to what the reader does. */
class ReferenceTest {
  private static final String TEXT = text();
  private static final Pattern ROW =
      Pattern.compile(
          "\\| `([a-z0-9.\\[\\]]+)`(?:<br>`(REGISTRY_[A-Z0-9_]+)`)? \\| (.*?) \\| (.*?) \\| (.*)"
              + " \\|");
  private static final List<Row> ROWS = rows();
  private static final Pattern MESSAGE = Pattern.compile("\\| `(.+)` \\| `(.+: .+)` \\|");
  private static final Pattern GLOB = Pattern.compile("\\| `(\\S+)` \\| (.*) \\| (.*) \\|");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  private static final Map<Type, String> LISTS =
      Map.of(
          NamePattern.class, "list of patterns",
          HostPattern.class, "list of hosts",
          AddressBlock.class, "list of addresses",
          Path.class, "list of paths",
          UrlPattern.class, "list of expressions");

  /** A line of a table. */
  record Row(String key, @Nullable String variable, String type, String otherwise, String meaning) {
    /** The bold words, which say that the key is not in force. */
    String mark() {
      return meaning.startsWith("**") ? meaning.substring(2, meaning.indexOf(".**")) : "";
    }
  }

  private static List<Row> rows() {
    return ROW.matcher(TEXT)
        .results()
        .map(m -> new Row(m.group(1), m.group(2), m.group(3), m.group(4), m.group(5)))
        .toList();
  }

  private static void forEachRow(Consumer<Row> check) {
    assertTrue(ROWS.size() > 100);
    assertAll(ROWS.stream().map(row -> () -> check.accept(row)));
  }

  @Test
  void everyKeyIsThereOnce() {
    var documented = ROWS.stream().map(Row::key).toList();

    var missing = new TreeSet<>(ConfigKey.all().stream().map(ConfigKey::path).toList());
    documented.forEach(missing::remove);
    assertEquals(List.of(), List.copyOf(missing));
    assertEquals(documented.size(), new TreeSet<>(documented).size());
  }

  @Test
  void keysAreKnown() {
    forEachRow(ReferenceTest::checkKey);
  }

  private static void checkKey(Row row) {
    var key = row.key.equals("version") ? "" : nested(row.key, sample(row.type));

    assertFalse(isUnknown(told("version: 0.1\n" + key, Map.of())), row.key);
  }

  @Test
  void variablesAreThoseOfTheKeys() {
    forEachRow(ReferenceTest::checkVariable);
  }

  private static void checkVariable(Row row) {
    if (row.variable == null) {
      assertEquals("version", row.key);
      return;
    }
    assertFalse(isUnknown(told("", Map.of(row.variable, sample(row.type)))), row.variable);

    var tree = new Tree.Fields(Place.unwritten());
    Overrides.apply(tree, Map.of(row.variable, sample(row.type)), new Problems());
    assertTrue(find(tree, row.key) != null, row.variable);
  }

  @Test
  void defaultsAreTheRealOnes() {
    forEachRow(ReferenceTest::checkDefault);
  }

  private static void checkDefault(Row row) {
    // The reader asks for the one, and the other is derived from a URL.
    if (row.key.equals("proxy.upstreams[].name") || row.key.equals("version")) {
      return;
    }
    assertEquals(realDefault(row.key), documentedDefault(row), row.key);
  }

  @Test
  void typesAreTheRealOnes() {
    forEachRow(ReferenceTest::checkType);
  }

  private static void checkType(Row row) {
    ConfigKey.all().stream()
        .filter(key -> key.path().equals(row.key))
        .forEach(key -> assertEquals(typeOf(key), row.type, row.key));
  }

  @Test
  void marksSayWhatIsInForce() {
    forEachRow(ReferenceTest::checkMark);
  }

  @Test
  void everythingThatIsMarkedIsThere() {
    Stream.concat(
            Idle.ROWS.stream().map(Idle.Row::path), Unserved.ROWS.stream().map(Unserved.Row::path))
        .forEach(
            path -> assertTrue(ROWS.stream().anyMatch(row -> ConfigKey.isIn(row.key, path)), path));
  }

  private static void checkMark(Row row) {
    var anything = new Tree.Scalar(Place.unwritten(), "anything", true);
    var marks = new ArrayList<String>();
    for (var refused : Unserved.ROWS) {
      if (ConfigKey.isIn(row.key, refused.path())) {
        if (refused.refused().test(anything)) {
          marks.add(refused.sentence().contains("yet") ? "Not served yet" : "Not served");
        } else {
          assertTrue(row.meaning.contains("refused"), row.key + ": some values are refused");
        }
      }
    }
    for (var idle : Idle.ROWS) {
      if (marks.isEmpty() && ConfigKey.isIn(row.key, idle.path())) {
        marks.add(idle.missed() == null ? "No effect" : "No effect yet");
      }
    }

    assertEquals(marks.isEmpty() ? "" : marks.getFirst(), row.mark(), row.key);
  }

  static List<String> examples() {
    return Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
        .matcher(TEXT)
        .results()
        .map(m -> m.group(1))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("examples")
  void exampleIsRight(String yaml) {
    assertEquals(List.of(), Read.file(yaml).warnings());
  }

  static List<List<String>> messages() {
    var messages =
        MESSAGE
            .matcher(TEXT.substring(TEXT.indexOf("## Messages")))
            .results()
            .map(m -> List.of(m.group(1), m.group(2)))
            .toList();
    assertTrue(messages.size() > 10);
    return messages;
  }

  @ParameterizedTest
  @MethodSource("messages")
  void messageIsVerbatim(List<String> example) {
    var written = example.getFirst();
    var isVariable = written.startsWith("REGISTRY_");
    var parts = written.split("=", 2);

    assertEquals(
        List.of(example.getLast()),
        told(
            "version: 0.1\n" + (isVariable ? "" : written),
            isVariable ? Map.of(parts[0], parts[1]) : Map.of()));
  }

  @Test
  void patternsMatchAsTheTableSays() {
    var table = TEXT.substring(TEXT.indexOf("| pattern | matches"), TEXT.indexOf("## proxy"));
    var seen =
        GLOB.matcher(table)
            .results()
            .map(
                m -> {
                  var pattern = NamePattern.parse(m.group(1));
                  codes(m.group(2)).forEach(name -> assertTrue(pattern.matches(name), name));
                  codes(m.group(3)).forEach(name -> assertFalse(pattern.matches(name), name));
                  return pattern;
                })
            .toList();
    assertEquals(5, seen.size());
  }

  private static List<String> codes(String cell) {
    return CODE.matcher(cell).results().map(m -> m.group(1)).toList();
  }

  /** What is wrong with a configuration, or else what it is warned of. */
  private static List<String> told(String yaml, Map<String, String> environment) {
    try {
      var config = yaml.isEmpty() ? Read.environment(environment) : Read.file(yaml, environment);
      return config.warnings().stream()
          .map(line -> line.replaceFirst("^/.*/(?=config.yml)", ""))
          .toList();
    } catch (ConfigException e) {
      return e.problems();
    }
  }

  private static boolean isUnknown(List<String> told) {
    return told.stream().anyMatch(line -> line.contains("unknown") || line.contains("ignored"));
  }

  private static String sample(String type) {
    return switch (type) {
      case "boolean" -> "true";
      case "number" -> "7";
      case "duration" -> "7m";
      case "size" -> "7MiB";
      case "address" -> ":7";
      case "proxy" -> "none";
      case "URL" -> "https://a.example";
      case "text", "path" -> "a";
      case "list of addresses" -> "[10.0.0.0/8]";
      case "list of text",
          "list of paths",
          "list of patterns",
          "list of hosts",
          "list of expressions" ->
          "[a]";
      case "map of text" -> "{a: b}";
      case "map of lists" -> "{a: [b]}";
      case "map" -> "{}";
      default -> codes(type).getFirst();
    };
  }

  private static String typeOf(ConfigKey key) {
    var type = key.component().getType();
    if (type.isEnum()) {
      return Stream.of(type.getEnumConstants())
          .map(constant -> "`" + Values.name((Enum<?>) constant) + "`")
          .collect(Collectors.joining(", "));
    }
    if (type == List.class) {
      var item = ConfigKey.itemOf(key.component());
      return LISTS.getOrDefault(item, "list of text");
    }
    if (type == Map.class) {
      return key.component().getGenericType().getTypeName().contains("List")
          ? "map of lists"
          : "map of text";
    }
    var names =
        Map.<Class<?>, String>of(
            ProxyChoice.class, "proxy",
            boolean.class, "boolean",
            int.class, "number",
            long.class, "size",
            Long.class, "size",
            Duration.class, "duration",
            URI.class, "URL",
            Path.class, "path",
            Address.class, "address");
    return names.getOrDefault(type, "text");
  }

  private static String documentedDefault(Row row) {
    var codes = codes(row.otherwise);
    if (codes.isEmpty()) {
      return row.otherwise;
    }
    // Another key there stands for the default of that one.
    return ROWS.stream()
        .filter(other -> other.key.equals(codes.getFirst()))
        .findFirst()
        .map(ReferenceTest::documentedDefault)
        .orElse(codes.getFirst());
  }

  /** What is in force where nothing but the required is written. */
  private static String realDefault(String key) {
    // An upstream shows what the section says.
    var path =
        key.matches("proxy\\.((tag|stale|negative)?ttl|answerwithin|reserve)")
            ? key.replace("proxy", "proxy.upstreams[]")
            : key;
    var written = written(path);
    if (find(written, path) != null) {
      remove(written, path);
      var problems = new Problems();
      Config.read(Section.root(written, problems), problems);
      return isRequired(problems, path) ? "required" : "—";
    }
    var problems = new Problems();
    var config = Config.read(Section.root(written, problems), problems);
    problems.throwIfAny();
    var shown = Yaml.read(ConfigPrinter.print(config), Place.unwritten(), problems);
    return find(shown, path) instanceof Tree.Scalar scalar ? scalar.text() : "—";
  }

  private static boolean isRequired(Problems problems, String path) {
    try {
      problems.throwIfAny();
      return false;
    } catch (ConfigException e) {
      var start = ": " + path.replace("[]", "[0]") + ": is required";
      return e.problems().stream().anyMatch(problem -> problem.contains(start));
    }
  }

  /** Every section and an item of every list, with what is required in it. */
  private static Tree.Fields written(String path) {
    var auth =
        path.startsWith("auth.silly")
            ? "{silly: {realm: r, service: s}}"
            : path.equals("auth.token.server")
                ? "{token: {server: s}}"
                : path.startsWith("auth.token")
                    ? "{token: {realm: 'http://a', service: s, issuer: i, rootcertbundle: r}}"
                    : "{htpasswd: {realm: r, path: p}}";
    var storage = path.startsWith("storage.s3") ? "{s3: {bucket: b, region: r}}" : "{}";
    var yaml =
        """
        auth: %s
        storage: %s
        http: {tls: {certificate: c, key: k, letsencrypt: {email: e}}}
        health: {file: [{file: f}], http: [{uri: 'http://a'}], tcp: [{addr: 'a:1'}]}
        notifications: {endpoints: [{name: n, url: 'http://a'}]}
        log: {hooks: [{type: mail}]}
        proxy: {upstreams: [{remoteurl: 'http://a'}]}
        validation: {manifests: {indexes: {platformlist: [{architecture: a, os: o}]}}}
        """
            .formatted(auth, storage);
    return (Tree.Fields) Yaml.read(yaml, Place.unwritten(), new Problems());
  }

  private static @Nullable Tree find(Tree tree, String path) {
    @Nullable Tree at = tree;
    for (var part : path.split("\\.", -1)) {
      var field = at instanceof Tree.Fields fields ? fields.find(part.replace("[]", "")) : null;
      at = field == null ? null : field.value();
      if (part.endsWith("[]")) {
        at = at instanceof Tree.Items list && !list.isEmpty() ? list.items().getFirst() : null;
      }
    }
    return at;
  }

  private static void remove(Tree tree, String path) {
    var dot = path.lastIndexOf('.');
    if (find(tree, path.substring(0, dot)) instanceof Tree.Fields parent) {
      parent.fields().remove(path.substring(dot + 1));
    }
  }

  /** {@code a.b[].c} as a mapping, list and mapping around {@code value}. */
  private static String nested(String path, String value) {
    var parts = List.of(path.split("\\.", -1));
    var text = value.startsWith(":") ? "'" + value + "'" : value;
    for (var part : parts.reversed()) {
      text =
          part.endsWith("[]")
              ? "{%s: [%s]}".formatted(part.replace("[]", ""), text)
              : "{%s: %s}".formatted(part, text);
    }
    return text.substring(1, text.length() - 1);
  }

  private static String text() {
    try {
      return Files.readString(Path.of("docs/configuration.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
