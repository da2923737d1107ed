package io.layover.parts;

import io.layover.parts.Command.Result;
import java.nio.file.Path;

/** {@code crane}, {@code regctl} and {@code oras}, over plain HTTP, without configuration. */
public final class GoClients {
  private GoClients() {}

  public static Result crane(String... arguments) {
    return Command.of("crane", arguments)
        .with("--insecure")
        .env("DOCKER_CONFIG", Tools.folder("empty").toString())
        .run();
  }

  public static Result regctl(String registry, String... arguments) {
    return Command.of("regctl", "--host", "reg=" + registry + ",tls=disabled")
        .with(arguments)
        .env("REGCTL_CONFIG", Tools.folder("empty").resolve("regctl.json").toString())
        .env("DOCKER_CONFIG", Tools.folder("empty").toString())
        .run();
  }

  public static Result oras(String... arguments) {
    return Command.of("oras", arguments)
        .env("DOCKER_CONFIG", Tools.folder("empty").toString())
        .run();
  }

  /** Pulls every platform with crane into an OCI layout. */
  public static Path cranePull(String image) {
    var layout = Tools.freshFolder("crane").resolve("layout");
    crane("pull", "--format=oci", image, layout.toString()).orFail();
    return layout;
  }

  /** Copies every platform with regctl into an OCI layout. */
  public static Path regctlPull(String image) {
    var layout = Tools.freshFolder("regctl").resolve("layout");
    regctl(host(image), "image", "copy", image, "ocidir://" + layout + ":1").orFail();
    return layout;
  }

  /** Copies every platform with oras into an OCI layout. */
  public static Path orasPull(String image) {
    var layout = Tools.freshFolder("oras").resolve("layout");
    oras("cp", "--from-plain-http", image, "--to-oci-layout", layout + ":1").orFail();
    return layout;
  }

  private static String host(String image) {
    return image.substring(0, image.indexOf('/'));
  }
}
