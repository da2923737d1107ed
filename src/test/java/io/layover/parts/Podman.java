package io.layover.parts;

import io.layover.parts.Command.Result;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code podman} with images of its own, which {@link #close} forgets. */
public final class Podman implements AutoCloseable {
  private final Path folder;
  private final Path registries;

  /** With no mirror. */
  public Podman() {
    this("");
  }

  /**
   * With these lines of {@code registries.conf}.
   *
   * @see #mirrorOf
   */
  public Podman(String registriesConf) {
    try {
      // Not below target: podman limits the length of these paths.
      folder = Files.createTempDirectory("layover-podman");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    registries = folder.resolve("registries.conf");
    Tools.write(registries, registriesConf);
    Tools.write(folder.resolve("auth.json"), "{}");
  }

  /** Lines that send what is asked of {@code host} to {@code mirror} first. */
  public static String mirrorOf(String host, String mirror) {
    return """
    unqualified-search-registries = ["docker.io"]
    [[registry]]
    location = "%s"
    [[registry.mirror]]
    location = "%s"
    insecure = true
    """
        .formatted(host, mirror);
  }

  public Result run(String... arguments) {
    return Command.of("podman", "--root", folder.resolve("root").toString())
        .with("--runroot", folder.resolve("run").toString(), "--storage-driver", "vfs")
        .with(arguments)
        .env("CONTAINERS_REGISTRIES_CONF", registries.toString())
        .env("REGISTRY_AUTH_FILE", folder.resolve("auth.json").toString())
        .run();
  }

  /** Pulls, and tells the digest that podman has noted. */
  public String pull(String image) {
    run("pull", "-q", "--tls-verify=false", image).orFail();
    return run("image", "inspect", "--format", "{{.Digest}}", image).orFail().strip();
  }

  @Override
  public void close() {
    run("rmi", "--all", "--force");
    Command.of("rm", "-rf", folder.toString()).run();
  }
}
