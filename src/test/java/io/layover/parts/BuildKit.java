package io.layover.parts;

import io.layover.parts.Command.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code buildkitd} with a cache of its own, and its client {@code buildctl}. */
public final class BuildKit extends Daemon {
  private final Path folder;

  private BuildKit(Path folder) {
    super(folder.resolve("buildkitd.log"));
    this.folder = folder;
  }

  /** With this {@code buildkitd.toml}. */
  public static BuildKit configured(String toml) {
    try {
      // Not below target: the path of a socket may have no more than 107 bytes.
      var daemon = new BuildKit(Files.createTempDirectory("layover-buildkit"));
      Tools.write(daemon.folder.resolve("buildkitd.toml"), toml);
      daemon.launch(Duration.ofSeconds(40));
      return daemon;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  List<String> command() {
    return List.of(
        Tools.path("buildkitd"),
        "--config",
        folder.resolve("buildkitd.toml").toString(),
        "--root",
        folder.resolve("root").toString(),
        "--addr",
        "unix://" + folder.resolve("buildkitd.sock"),
        "--oci-worker-snapshotter=native",
        "--oci-worker-net=host",
        "--containerd-worker=false");
  }

  @Override
  URI probe() {
    return folder.resolve("buildkitd.sock").toUri();
  }

  @Override
  boolean answers() {
    try (var socket = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return socket.connect(UnixDomainSocketAddress.of(Path.of(probe())));
    } catch (IOException e) {
      return false;
    }
  }

  /** Builds a Dockerfile without a context. */
  public Result build(String dockerfile) {
    var context = Tools.freshFolder("context");
    Tools.write(context.resolve("Dockerfile"), dockerfile);
    return Command.of("buildctl", "--addr", "unix://" + folder.resolve("buildkitd.sock"))
        .with("build", "--progress=plain", "--frontend=dockerfile.v0")
        .with("--local", "context=" + context, "--local", "dockerfile=" + context)
        .run();
  }

  @Override
  public void close() {
    stop();
    Command.of("rm", "-rf", folder.toString()).run();
  }
}
