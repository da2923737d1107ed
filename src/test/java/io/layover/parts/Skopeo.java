package io.layover.parts;

import io.layover.oci.Digest;
import io.layover.parts.Command.Result;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** {@code skopeo}, over plain HTTP. Images at registries are named {@code host:port/name:tag}. */
public final class Skopeo {
  private Skopeo() {}

  public static Result run(String... arguments) {
    return Command.of("skopeo", arguments).run();
  }

  /** Pushes an image that skopeo knows by another name, with all its platforms. */
  public static Result push(String source, String image, String... more) {
    return copy(source, "docker://" + image, more);
  }

  /** Pushes as alice. */
  public static Result pushAsAlice(String source, String image) {
    return push(source, image, "--dest-creds", "alice:secret1");
  }

  /** Pulls all platforms into a fresh folder, verified by skopeo, and tells which. */
  public static Path pull(String image) {
    var folder = Tools.freshFolder("pulled");
    copy("docker://" + image, "dir:" + folder).orFail();
    return folder;
  }

  /** Tries a pull that may fail. */
  public static Result tryPull(String image) {
    return copy("docker://" + image, "dir:" + Tools.freshFolder("pulled"));
  }

  /** The digest of the manifest, or index, that a name stands for. */
  public static Digest digest(String image) {
    return digestOf("docker://" + image);
  }

  /** The same of an image as skopeo names it, such as {@code oci:…}. */
  public static Digest digestOf(String source) {
    var raw =
        source.startsWith("docker://")
            ? run("inspect", "--raw", "--tls-verify=false", source)
            : run("inspect", "--raw", source);
    return Digest.sha256(raw.orFail().getBytes(StandardCharsets.UTF_8));
  }

  private static Result copy(String source, String target, String... more) {
    // Digests must stay what they are, or nothing is proved.
    var arguments = new ArrayList<>(List.of("copy", "-q", "--all", "--preserve-digests"));
    arguments.addAll(List.of("--src-tls-verify=false", "--dest-tls-verify=false"));
    arguments.addAll(List.of(more));
    arguments.add(source);
    arguments.add(target);
    return run(arguments.toArray(String[]::new));
  }
}
