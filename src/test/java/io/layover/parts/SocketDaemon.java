package io.layover.parts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

/** A program that listens on a socket of the file system, in a folder with all that it keeps. */
abstract class SocketDaemon extends Daemon {
  private final Path folder;
  private final String name;

  /**
   * @param name of the program
   */
  SocketDaemon(String name) {
    // Not below target: the path of a socket may have no more than 107 bytes.
    this(name, create("layover-" + name));
  }

  private SocketDaemon(String name, Path folder) {
    super(folder.resolve(name + ".log"));
    this.name = name;
    this.folder = folder;
  }

  private static Path create(String prefix) {
    try {
      return Files.createTempDirectory(prefix);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  final Path folder() {
    return folder;
  }

  final Path socket() {
    return folder.resolve(name + ".sock");
  }

  @Override
  final URI probe() {
    return socket().toUri();
  }

  @Override
  boolean answers() {
    try (var socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return socket.connect(UnixDomainSocketAddress.of(socket()));
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public final void close() {
    stop();
    Command.of("rm", "-rf", folder.toString()).run();
  }
}
