package io.layover.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the configuration from a file, the environment, or both. */
public final class ConfigReader {
  private static final int LARGEST = 1 << 20;

  private ConfigReader() {}

  /**
   * The configuration of {@code file}, with the {@code REGISTRY_…} variables of {@code environment}
   * laid over it; without a file, of the variables alone.
   *
   * @throws ConfigException with every problem there is
   */
  public static Config read(@Nullable Path file, Map<String, String> environment) {
    var problems = new Problems();
    var tree = file == null ? new Tree.Fields(Place.unwritten()) : parse(file, problems);
    Overrides.apply(tree, environment, problems);
    var root = Section.root(tree, problems);
    if (file != null) {
      checkVersion(root);
    }
    Unserved.refuse(tree, problems);
    Idle.warn(tree, problems);
    var config = Config.read(root, problems);
    problems.throwIfAny();
    return config;
  }

  /** The file as a tree. What keeps it from being one is thrown, as nothing else can be said. */
  private static Tree.Fields parse(Path file, Problems problems) {
    var place = Place.file(file.toString());
    var tree = text(file, place, problems);
    problems.throwIfAny();
    var yaml = Yaml.read(tree, place, problems);
    if (yaml instanceof Tree.Fields fields) {
      return fields;
    }
    problems.throwIfAny();
    problems.add(
        place,
        yaml.isEmpty()
            ? "is empty; it needs at least version: 0.1"
            : "expected a mapping, found " + yaml.kind());
    problems.throwIfAny();
    throw new IllegalStateException("a problem was added");
  }

  private static String text(Path file, Place place, Problems problems) {
    try (var in = Files.newInputStream(file)) {
      var bytes = in.readNBytes(LARGEST + 1);
      if (bytes.length > LARGEST) {
        problems.add(place, "is larger than 1 MiB");
        return "";
      }
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      problems.add(place, "does not exist");
    } catch (AccessDeniedException e) {
      problems.add(place, "may not be read by this user");
    } catch (CharacterCodingException e) {
      problems.add(place, "is not text in UTF-8");
    } catch (IOException e) {
      var why = Files.isDirectory(file) ? "is a directory" : "cannot be read: " + e.getMessage();
      problems.add(place, why);
    }
    return "";
  }

  private static void checkVersion(Section root) {
    var version = root.required("version");
    if (!version.isEmpty() && !version.equals("0.1")) {
      root.problem("version", "must be 0.1, the only one there is");
    }
  }
}
