package io.layover.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** The test equipment works: shown on real registries, so that it can prove Layover. */
class RealPartsIT {
  @Test
  @RealParts({"docker-registry", "skopeo", "umoci", "busybox"})
  void aRegistryWithTokens() {
    try (var tokens = TokenServer.start();
        var registry = RealRegistry.token(tokens).start()) {
      var image = registry.address() + "/t/tiny:1";
      Skopeo.push(TestImages.tinyOci(), image).expectFailure();
      Skopeo.pushAsAlice(TestImages.tinyOci(), image).orFail();
      assertTrue(tokens.requests().stream().anyMatch(seen -> seen.user().equals("alice")));
      assertEquals(Skopeo.digestOf(TestImages.tinyOci()), Skopeo.digest(image));
      registry.forgetRequests();
      assertTrue(Files.exists(Skopeo.pull(image).resolve("manifest.json")));
      assertEquals(2, registry.count("GET", "/blobs/sha256:"), registry::output);
      assertTrue(registry.rss() > 1_000_000);
      registry.stop();
      assertFalse(registry.running());
      Skopeo.tryPull(image).expectFailure();
      registry.start();
      Skopeo.tryPull(image).orFail();
    }
  }

  @Test
  @RealParts({"docker-registry", "skopeo", "umoci", "busybox", "htpasswd"})
  void aRegistryWithPasswords() {
    try (var registry = RealRegistry.basic().start()) {
      var image = registry.address() + "/t/tiny:1";
      Skopeo.push(TestImages.tinyDocker(), image).expectFailure();
      Skopeo.pushAsAlice(TestImages.tinyDocker(), image).orFail();
    }
  }

  @Test
  @RealParts({"docker-registry", "skopeo", "umoci", "buildah", "busybox", "podman"})
  void imagesAndClients() {
    try (var registry = RealRegistry.plain().start();
        var podman = new Podman()) {
      for (var image : new String[] {TestImages.multi(), TestImages.many()}) {
        var name = registry.address() + "/t/app:1";
        Skopeo.push(image, name).orFail();
        var digest = Skopeo.digestOf(image);
        assertEquals(digest, Skopeo.digest(name));
        podman.pull(name);
        assertTrue(registry.holds(digest.toString()));
      }
    }
  }

  @Test
  @RealParts({
    "docker-registry",
    "skopeo",
    "umoci",
    "buildah",
    "busybox",
    "crane",
    "regctl",
    "oras"
  })
  void goClients() {
    try (var registry = RealRegistry.plain().start()) {
      var name = registry.address() + "/t/app:1";
      Skopeo.push(TestImages.multi(), name).orFail();
      var digest = Skopeo.digestOf(TestImages.multi());
      var blob = "blobs/sha256/" + digest.hex();
      assertTrue(Files.exists(GoClients.cranePull(name).resolve(blob)));
      assertTrue(Files.exists(GoClients.regctlPull(name).resolve(blob)));
      assertTrue(Files.exists(GoClients.orasPull(name).resolve(blob)));
    }
  }

  @Test
  @RealParts(
      value = {"docker-registry", "skopeo", "umoci", "busybox", "dockerd", "docker"},
      asRoot = true)
  void aDockerDaemonWithItsMirror() {
    try (var registry = RealRegistry.plain().start();
        var docker = DockerDaemon.withMirror(registry.url())) {
      Skopeo.push(TestImages.tinyOci(), registry.address() + "/library/tiny:1").orFail();
      docker.docker("pull", "tiny:1").orFail();
      docker.docker("tag", "tiny:1", registry.address() + "/pushed/tiny:1").orFail();
      docker.docker("push", registry.address() + "/pushed/tiny:1").orFail();
      assertTrue(Skopeo.tryPull(registry.address() + "/pushed/tiny:1").orFail().isEmpty());
    }
  }
}
