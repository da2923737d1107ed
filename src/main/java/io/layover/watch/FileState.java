package io.layover.watch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;

/** What shows that a file has changed, without a look inside; empty for a file that is absent. */
record FileState(Map<String, Object> attributes) {
  /** The time of the last change of the file's description cannot be set back, as others can. */
  private static final String UNIX = "unix:dev,ino,size,lastModifiedTime,ctime";

  static FileState of(Path file) {
    try {
      return new FileState(
          file.getFileSystem().supportedFileAttributeViews().contains("unix")
              ? Files.readAttributes(file, UNIX)
              : basic(Files.readAttributes(file, BasicFileAttributes.class)));
    } catch (IOException e) {
      return new FileState(Map.of());
    }
  }

  private static Map<String, Object> basic(BasicFileAttributes attributes) {
    return Map.of("size", attributes.size(), "lastModifiedTime", attributes.lastModifiedTime());
  }
}
