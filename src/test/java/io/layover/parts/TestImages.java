package io.layover.parts;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Images made by real tools, kept below {@code target/parts/images} for the next run. A value names
 * an image as skopeo does, such as {@code oci:/…/many:1}.
 */
public final class TestImages {
  private static final int MEGABYTE = 1 << 20;

  private TestImages() {}

  /** The image of this name: tiny-oci, tiny-docker, multi, many or big. */
  public static String named(String name) {
    return switch (name) {
      case "tiny-oci" -> tinyOci();
      case "tiny-docker" -> tinyDocker();
      case "multi" -> multi();
      case "many" -> many();
      case "big" -> big();
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Small, one platform, OCI types. */
  public static String tinyOci() {
    return "oci:" + made("tiny-oci", TestImages::tiny) + ":1";
  }

  /** Small, one platform, Docker's types (schema 2). */
  public static String tinyDocker() {
    var source = tinyOci();
    return "dir:"
        + made(
            "tiny-docker",
            folder ->
                Command.of("skopeo", "copy", "-q", "--format", "v2s2", source, "dir:" + folder)
                    .run()
                    .orFail());
  }

  /** An OCI index of images for amd64, arm64 and arm/v7. */
  public static String multi() {
    return "oci:" + made("multi", TestImages::index) + ":1";
  }

  /** Thirty layers of 100 kB. */
  public static String many() {
    return "oci:"
        + made(
            "many",
            folder -> {
              tiny(folder);
              for (int i = 1; i <= 30; i++) {
                addRandomLayer(folder, "layer-" + i, 100_000);
              }
            })
        + ":1";
  }

  /** One layer of 200 MB. */
  public static String big() {
    return "oci:"
        + made(
            "big",
            folder -> {
              tiny(folder);
              addRandomLayer(folder, "big", 200L * MEGABYTE);
            })
        + ":1";
  }

  /** Makes an image on the first call, and finds it later, also in another run. */
  private static synchronized Path made(String name, Consumer<Path> recipe) {
    var done = Tools.folder("images").resolve(name);
    if (!Files.exists(done)) {
      try {
        var draft = Tools.freshFolder("image").resolve(name);
        recipe.accept(draft);
        Files.move(draft, done);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return done;
  }

  /** A layer with a shell in it. */
  private static void tiny(Path layout) {
    umoci("init", "--layout", layout.toString());
    umoci("new", "--image", layout + ":1");
    try {
      var root = Tools.freshFolder("rootfs");
      Files.createDirectories(root.resolve("bin"));
      Files.copy(Path.of(Tools.path("busybox")), root.resolve("bin/busybox"));
      Files.createSymbolicLink(root.resolve("bin/sh"), Path.of("busybox"));
      addLayer(layout, root);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    configure(layout, "amd64");
  }

  private static void index(Path layout) {
    var store = Tools.freshFolder("buildah");
    var list = "localhost/multi:1";
    buildah(store, "manifest", "create", list);
    for (var architecture : new String[] {"amd64", "arm64", "arm"}) {
      var child = store.resolve(architecture);
      tiny(child);
      addRandomLayer(child, architecture, 10_000);
      configure(child, architecture);
      if (architecture.equals("arm")) {
        buildah(store, "manifest", "add", "--variant", "v7", list, "oci:" + child + ":1");
      } else {
        buildah(store, "manifest", "add", list, "oci:" + child + ":1");
      }
    }
    buildah(store, "manifest", "push", "-q", "--all", list, "oci:" + layout + ":1");
  }

  private static void configure(Path layout, String architecture) {
    umoci(
        "config",
        "--image",
        layout + ":1",
        "--os=linux",
        "--architecture=" + architecture,
        "--config.cmd=/bin/sh");
  }

  private static void addRandomLayer(Path layout, String name, long size) {
    var root = Tools.freshFolder("layer");
    var random = new SplittableRandom();
    try (var out = Files.newOutputStream(root.resolve(name))) {
      for (long left = size; left > 0; left -= MEGABYTE) {
        var part = new byte[(int) Math.min(left, MEGABYTE)];
        random.nextBytes(part);
        out.write(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    addLayer(layout, root);
  }

  /** Adds the files below {@code root}, and removes them. */
  private static void addLayer(Path layout, Path root) {
    var tar = root.resolveSibling(root.getFileName() + ".tar");
    Command.of("tar", "-C", root.toString(), "-cf", tar.toString(), ".").run().orFail();
    umoci("raw", "add-layer", "--image", layout + ":1", tar.toString());
    Command.of("rm", "-r", tar.toString(), root.toString()).run().orFail();
  }

  private static void umoci(String... arguments) {
    Command.of("umoci", arguments).run().orFail();
  }

  private static void buildah(Path store, String... arguments) {
    Command.of("buildah", "--root", store.resolve("root").toString())
        .with("--runroot", store.resolve("run").toString(), "--storage-driver", "vfs")
        .with(arguments)
        .run()
        .orFail();
  }
}
