package io.layover.e2e;

import io.layover.oci.Digest;
import io.layover.parts.Command;
import io.layover.parts.GoClients;
import io.layover.parts.Podman;
import io.layover.parts.Skopeo;
import io.layover.parts.Tools;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The clients that pull and push as a row of a test. */
enum Client {
  SKOPEO {
    @Override
    void pull(String image, Digest expected) {
      same(image, expected, digest(Skopeo.pull(image).resolve("manifest.json")));
    }

    @Override
    Command.Result push(String source, String image) {
      return Skopeo.push(source, image);
    }
  },
  PODMAN {
    @Override
    void pull(String image, Digest expected) {
      try (var podman = new Podman()) {
        podman.run("pull", "-q", "--tls-verify=false", image).orFail();
        var known = podman.run("image", "inspect", "--format", "{{.RepoDigests}}", image).orFail();
        if (!known.contains(expected.toString())) {
          throw new AssertionError(image + " is not " + expected + " but " + known);
        }
      }
    }

    @Override
    Command.Result push(String source, String image) {
      try (var podman = new Podman()) {
        var id = podman.run("pull", "-q", source).orFail().strip();
        return podman.run("push", "-q", "--tls-verify=false", id, "docker://" + image);
      }
    }
  },
  CRANE {
    @Override
    void pull(String image, Digest expected) {
      same(image, expected, first(GoClients.cranePull(image)));
    }

    @Override
    Command.Result push(String source, String image) {
      return GoClients.crane("push", layout(source), image);
    }
  },
  REGCTL {
    @Override
    void pull(String image, Digest expected) {
      same(image, expected, first(GoClients.regctlPull(image)));
    }

    @Override
    Command.Result push(String source, String image) {
      var host = image.substring(0, image.indexOf('/'));
      return GoClients.regctl(host, "image", "copy", "ocidir://" + layout(source) + ":1", image);
    }
  },
  ORAS {
    @Override
    void pull(String image, Digest expected) {
      same(image, expected, first(GoClients.orasPull(image)));
    }

    @Override
    Command.Result push(String source, String image) {
      return GoClients.oras(
          "cp", "--from-oci-layout", layout(source) + ":1", "--to-plain-http", image);
    }
  };

  /** Pulls all that the client pulls of an image, and sees that it is the expected one. */
  abstract void pull(String image, Digest expected);

  /** Pushes from a folder that {@code source} names as skopeo does. */
  abstract Command.Result push(String source, String image);

  /** Leaves the test out where the client is not installed. */
  Client here() {
    Tools.require(name().toLowerCase(Locale.ROOT));
    return this;
  }

  private static String layout(String source) {
    return source.replaceFirst("^oci:(.*):1$", "$1");
  }

  /** The digest of the only entry of an OCI layout, whose bytes must be those it names. */
  private static Digest first(Path layout) {
    try {
      var index = new JsonObject(Files.readString(layout.resolve("index.json")));
      var entry = index.getJsonArray("manifests").getJsonObject(0);
      var digest = Digest.parse(entry.getString("digest"));
      same(layout.toString(), digest, digest(layout.resolve("blobs/sha256/" + digest.hex())));
      return digest;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Digest digest(Path file) {
    try {
      return Digest.sha256(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void same(String image, Digest expected, Digest actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError(image + " is not " + expected + " but " + actual);
    }
  }
}
