package io.layover.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A file of YAML that is a mapping. */
final class YamlFile {
  private static final int LARGEST = 1 << 20;

  private YamlFile() {}

  /**
   * The file as a tree. What keeps it from being one is thrown, as nothing else can be said.
   *
   * @param wanted what is said of an empty file after {@code is empty}
   */
  static Tree.Fields read(Path file, String wanted, Problems problems) {
    var place = Place.file(file.toString());
    var text = text(file, place, problems);
    problems.throwIfAny();
    var yaml = Yaml.read(text, place, problems);
    if (yaml instanceof Tree.Fields fields) {
      return fields;
    }
    problems.throwIfAny();
    problems.add(
        place, yaml.isEmpty() ? "is empty" + wanted : "expected a mapping, found " + yaml.kind());
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
}
