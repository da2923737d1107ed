package io.layover.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * A directory with the few small files that outlive a token server. They are whole or absent, and
 * nobody but their owner may read them.
 */
public record StateDirectory(Path path) {
  private static final Set<StandardOpenOption> NEW =
      Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
  private static final Set<StandardOpenOption> END =
      Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  private static final FileAttribute<?> OWNER =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  Path file(String name) {
    return path.resolve(name);
  }

  boolean has(String name) {
    return Files.exists(file(name));
  }

  String read(String name) throws IOException {
    return Files.readString(file(name));
  }

  /** Puts a file in the place of what was there. */
  void write(String name, String text) throws IOException {
    var written = writeAside(name, text);
    try {
      Files.move(
          written, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(written);
    }
  }

  /** Makes a file, unless there is one, by whomever: the first one stays. */
  void create(String name, String text) throws IOException {
    var written = writeAside(name, text);
    try {
      Files.move(written, file(name));
    } catch (FileAlreadyExistsException e) {
      Files.delete(written);
    }
  }

  /** Adds to a file, which is made if there is none; returns how long it is then. */
  long append(String name, String text) throws IOException {
    Files.createDirectories(path);
    try (var channel = FileChannel.open(file(name), END, OWNER)) {
      write(channel, text);
      return channel.size();
    }
  }

  /** Gives a file another name, in the place of what had it. */
  void rename(String name, String next) throws IOException {
    Files.move(file(name), file(next), StandardCopyOption.ATOMIC_MOVE);
  }

  private Path writeAside(String name, String text) throws IOException {
    Files.createDirectories(path);
    var aside = file(name + "." + UUID.randomUUID());
    try (var channel = FileChannel.open(aside, NEW, OWNER)) {
      write(channel, text);
      channel.force(true);
    }
    return aside;
  }

  private static void write(FileChannel channel, String text) throws IOException {
    var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
