package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.BuildKit;
import io.layover.parts.Containerd;
import io.layover.parts.DockerDaemon;
import io.layover.parts.LayoverProcess;
import io.layover.parts.Podman;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.TokenServer;
import io.layover.parts.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The samples in config/clients, as they are but for the mirror's address, each read by its client:
 * it pulls through the mirror, from one upstream and from another, and then without them.
 */
@RealParts({"docker-registry", "skopeo", "umoci", "buildah", "busybox"})
class ClientConfigIT {
  private static final String HUB = "docker.io/library/app:1";
  private static final String OTHER = "ghcr.io/org/app:1";

  private final TokenServer tokens = TokenServer.start();
  private final RealRegistry hub = RealRegistry.token(tokens).start();
  private final RealRegistry other = RealRegistry.plain().start();
  private final LayoverProcess mirror = LayoverProcess.create();
  private final Map<String, Digest> images =
      Map.of(
          HUB, Skopeo.digestOf(TestImages.multi()), OTHER, Skopeo.digestOf(TestImages.tinyOci()));

  /** A client with nothing in its store. */
  private interface FreshClient {
    void pull() throws Exception;
  }

  @BeforeEach
  void fill() {
    UnderTest.isLayover();
    Skopeo.pushAsAlice(TestImages.multi(), hub.address() + "/library/app:1").orFail();
    Skopeo.push(TestImages.tinyOci(), other.address() + "/org/app:1").orFail();
    mirror
        .config(
            """
            proxy:
              upstreams:
                - {name: docker.io, remoteurl: "%s", default: true}
                - {name: ghcr.io, remoteurl: "%s"}
            """
                .formatted(hub.url(), other.url()))
        .start();
  }

  @AfterEach
  void stop() {
    mirror.close();
    hub.close();
    other.close();
    tokens.close();
  }

  private String sample(String file) throws IOException {
    var text = Files.readString(Path.of("config", "clients", file));
    assertTrue(text.contains("mirror.example:5000"), text);
    return text.replace("mirror.example:5000", mirror.address());
  }

  private void pullsTwice(FreshClient client) throws Exception {
    hub.forgetRequests();
    other.forgetRequests();
    client.pull();
    assertEquals(0, hub.count("GET", "/v2/org/"), "what is another's");
    hub.stop();
    other.stop();
    client.pull();
  }

  private void assertSame(String image, String known) {
    assertTrue(known.contains(String.valueOf(images.get(image))), image + " in " + known);
  }

  @Test
  @RealParts(
      value = {"containerd", "ctr"},
      asRoot = true)
  void containerdReadsHostsToml() throws Exception {
    var toml = sample("hosts.toml");
    pullsTwice(
        () -> {
          try (var containerd = Containerd.start()) {
            containerd.hosts("docker.io", toml);
            var folder = containerd.hosts("ghcr.io", toml.replace("registry-1.docker", "ghcr"));
            for (var image : images.keySet()) {
              containerd
                  .images(
                      "pull", "--hosts-dir", folder.toString(), "--snapshotter", "native", image)
                  .orFail();
              assertSame(image, containerd.images("ls", "name==" + image).orFail());
            }
          }
        });
  }

  @Test
  @RealParts("podman")
  void podmanAndSkopeoReadRegistriesConf() throws Exception {
    var file = Tools.freshFolder("registries").resolve("registries.conf");
    Files.writeString(file, sample("registries.conf"));
    pullsTwice(
        () -> {
          try (var podman = new Podman(Files.readString(file))) {
            for (var image : images.keySet()) {
              podman.run("pull", "-q", image).orFail();
              assertSame(
                  image,
                  podman.run("image", "inspect", "--format", "{{.RepoDigests}}", image).orFail());
              var raw =
                  Skopeo.run(
                          "--registries-conf",
                          file.toString(),
                          "inspect",
                          "--raw",
                          "docker://" + image)
                      .orFail();
              assertSame(image, Digest.sha256(raw).toString());
            }
          }
        });
  }

  @Test
  @RealParts(
      value = {"dockerd", "docker"},
      asRoot = true)
  void dockerReadsDaemonJson() throws Exception {
    var json = sample("daemon.json");
    pullsTwice(
        () -> {
          try (var docker = DockerDaemon.configured(json)) {
            assertSame(HUB, docker.docker("pull", "app:1").orFail());
          }
        });
  }

  @Test
  @RealParts(
      value = {"buildkitd", "buildctl", "runc"},
      asRoot = true)
  void buildKitReadsBuildkitdToml() throws Exception {
    var toml = sample("buildkitd.toml");
    pullsTwice(
        () -> {
          try (var buildkit = BuildKit.configured(toml)) {
            var built =
                buildkit
                    .build("FROM %s\nCOPY --from=%s / /other/\n".formatted(HUB, OTHER))
                    .orFail();
            for (var image : images.keySet()) {
              assertTrue(built.contains(image + "@" + images.get(image)), built);
            }
          }
        });
  }
}
