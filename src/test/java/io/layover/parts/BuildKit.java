package io.layover.parts;

import io.layover.parts.Command.Result;
import java.time.Duration;
import java.util.List;

/** {@code buildkitd} with a cache of its own, and its client {@code buildctl}. */
public final class BuildKit extends SocketDaemon {
  private BuildKit() {
    super("buildkitd");
  }

  /** With this {@code buildkitd.toml}. */
  public static BuildKit configured(String toml) {
    var daemon = new BuildKit();
    Tools.write(daemon.folder().resolve("buildkitd.toml"), toml);
    daemon.launch(Duration.ofSeconds(40));
    return daemon;
  }

  @Override
  List<String> command() {
    return List.of(
        Tools.path("buildkitd"),
        "--config",
        folder().resolve("buildkitd.toml").toString(),
        "--root",
        folder().resolve("root").toString(),
        "--addr",
        "unix://" + socket(),
        "--oci-worker-snapshotter=native",
        "--oci-worker-net=host",
        "--containerd-worker=false");
  }

  /** Builds a Dockerfile without a context. */
  public Result build(String dockerfile) {
    var context = Tools.freshFolder("context");
    Tools.write(context.resolve("Dockerfile"), dockerfile);
    return Command.of("buildctl", "--addr", "unix://" + socket())
        .with("build", "--progress=plain", "--frontend=dockerfile.v0")
        .with("--local", "context=" + context, "--local", "dockerfile=" + context)
        .run();
  }
}
