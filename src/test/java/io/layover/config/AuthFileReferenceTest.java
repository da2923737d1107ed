package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Holds {@code docs/authentication.md} to what the reader of docker_auth's file does. */
class AuthFileReferenceTest {
  private static final String TEXT = text();

  @TempDir private Path folder;

  private static String text() {
    try {
      return Files.readString(Path.of("docs/authentication.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> matches(String regex) {
    return Pattern.compile(regex, Pattern.DOTALL)
        .matcher(TEXT)
        .results()
        .map(m -> m.group(1))
        .toList();
  }

  @Test
  void everyKeyIsThereOnce() {
    var keys = new LinkedHashSet<String>();
    collect(AuthFile.class, "", keys);

    assertEquals(
        List.copyOf(keys), matches("(?<=\\n)\\| `([a-z0-9_.]+)` \\| [^\\n]+ \\| [^\\n]+ \\|"));
  }

  private static void collect(Class<?> record, String path, Set<String> keys) {
    for (var component : record.getRecordComponents()) {
      var type = component.getType();
      var below = path + (path.isEmpty() ? "" : ".") + name(component);
      if (type.isRecord() && type != Address.class && type != Secret.class) {
        collect(type, below, keys);
      } else if (!below.equals("warnings")) {
        keys.add(below);
      }
    }
  }

  private static String name(RecordComponent component) {
    var key = component.getAnnotation(Key.class);
    return key == null ? component.getName() : key.value();
  }

  static List<String> examples() {
    var examples = new ArrayList<>(matches("```yaml\\n(.*?)```"));
    examples.removeIf(yaml -> !yaml.startsWith("token:"));
    assertEquals(2, examples.size());
    return examples;
  }

  @ParameterizedTest(name = "[{index}]")
  @MethodSource("examples")
  void exampleIsRight(String yaml) throws IOException {
    var file = AuthFileReader.embedded(Files.writeString(folder.resolve("auth.yml"), yaml));

    assertEquals(List.of(), file.warnings());
    assertTrue(Map.copyOf(file.users() == null ? Map.of() : file.users()).containsKey(""));
  }

  @Test
  void refusedSectionsAreNamed() {
    var sentence = matches("refused by name: ([^.]*)\\.").getFirst();

    assertEquals(
        AuthFileReader.UNSERVED,
        Pattern.compile("`([a-z_]+)`").matcher(sentence).results().map(m -> m.group(1)).toList());
  }
}
