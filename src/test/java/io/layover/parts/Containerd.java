package io.layover.parts;

import io.layover.parts.Command.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** {@code containerd} with images of its own, and its client {@code ctr}. */
public final class Containerd extends SocketDaemon {
  private Containerd() {
    super("containerd");
  }

  public static Containerd start() {
    var daemon = new Containerd();
    Tools.write(
        daemon.folder().resolve("config.toml"),
        """
        version = 2
        root = "%1$s/root"
        state = "%1$s/state"
        disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]
        [grpc]
          address = "%1$s/containerd.sock"
        """
            .formatted(daemon.folder()));
    daemon.launch(Duration.ofSeconds(40));
    return daemon;
  }

  @Override
  List<String> command() {
    return List.of(
        Tools.path("containerd"), "-c", folder().resolve("config.toml").toString(), "-l", "warn");
  }

  /** {@code ctr images}. */
  public Result images(String... arguments) {
    return Command.of("ctr", "-a", socket().toString(), "images").with(arguments).run();
  }

  /**
   * A folder for {@code --hosts-dir} with a {@code hosts.toml}.
   *
   * @param host whose images it is about
   */
  public Path hosts(String host, String toml) {
    var hosts = folder().resolve("hosts");
    try {
      Tools.write(Files.createDirectories(hosts.resolve(host)).resolve("hosts.toml"), toml);
      return hosts;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
