package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Containerd;
import io.layover.parts.DockerDaemon;
import io.layover.parts.LayoverProcess;
import io.layover.parts.Podman;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The README's rules, as they stand there: everybody pulls what is proxied, and users push what is
 * hosted.
 */
@RealParts({"docker-registry", "skopeo", "umoci", "busybox"})
class AccessIT {
  private static final String SOURCE = TestImages.tinyOci();

  private static RealRegistry upstream;
  private static LayoverProcess mirror;

  @BeforeAll
  static void start() throws IOException {
    UnderTest.isLayover();
    var readme = Files.readString(Path.of("README.md"));
    upstream = RealRegistry.plain().start();
    Skopeo.push(SOURCE, upstream.address() + "/library/tiny:1").orFail();
    var rules = Tools.freshFolder("access").resolve("auth_config.yml");
    Files.writeString(rules, block(readme, "token: \\{issuer"));
    mirror =
        LayoverProcess.create()
            .config(
                block(readme, "proxy:\n[^`]*auth:\n")
                    .replace("https://registry-1.docker.io", upstream.url())
                    .replace("auth_config.yml", rules.toString()))
            .start();
  }

  /** The README's block of YAML that begins like this. */
  private static String block(String readme, String start) {
    var block = Pattern.compile("```yaml\n(" + start + "[^`]*)```").matcher(readme);
    assertTrue(block.find(), start);
    return block.group(1);
  }

  @AfterAll
  static void stop() {
    mirror.close();
    upstream.close();
  }

  @Test
  void skopeo() {
    Skopeo.pull(mirror.address() + "/library/tiny:1");
    var hosted = mirror.address() + "/private/skopeo:1";
    Skopeo.push(SOURCE, hosted).expectFailure();
    Skopeo.push(SOURCE, hosted, "--dest-creds", "alice:wrong").expectFailure();
    Skopeo.pushAsAlice(SOURCE, hosted).orFail();
    Skopeo.tryPull(hosted).expectFailure();
    Skopeo.pushAsAlice(SOURCE, mirror.address() + "/library/mine:1").expectFailure();
    Skopeo.pushAsAlice(SOURCE, mirror.address() + "/mine:1").expectFailure();
  }

  @Test
  @RealParts("podman")
  void podman() {
    var hosted = mirror.address() + "/private/podman:1";
    try (var podman = new Podman(Podman.mirrorOf("docker.io", mirror.address()))) {
      podman.run("pull", "-q", "docker.io/library/tiny:1").orFail();
      podman.run("pull", "-q", "--tls-verify=false", mirror.address() + "/library/tiny:1").orFail();
      podman.run("tag", "docker.io/library/tiny:1", hosted).orFail();
      podman.run("push", "-q", "--tls-verify=false", hosted).expectFailure();
      podman
          .run("login", "--tls-verify=false", "-u", "alice", "-p", "wrong", mirror.address())
          .expectFailure();
      podman
          .run("login", "--tls-verify=false", "-u", "alice", "-p", "secret1", mirror.address())
          .orFail();
      podman.run("push", "-q", "--tls-verify=false", hosted).orFail();
      podman.run("pull", "-q", "--tls-verify=false", hosted).orFail();
      podman.run("logout", mirror.address()).orFail();
      podman.run("pull", "-q", "--tls-verify=false", hosted).expectFailure();
    }
  }

  @Test
  @RealParts(
      value = {"dockerd", "docker"},
      asRoot = true)
  void docker() {
    var hosted = mirror.address() + "/private/docker:1";
    try (var docker = DockerDaemon.withMirror(mirror.url())) {
      docker.docker("pull", "tiny:1").orFail();
      docker.docker("pull", mirror.address() + "/library/tiny:1").orFail();
      docker.docker("tag", "tiny:1", hosted).orFail();
      docker.docker("push", hosted).expectFailure();
      docker.docker("login", "-u", "alice", "-p", "wrong", mirror.address()).expectFailure();
      docker.docker("login", "-u", "alice", "-p", "secret1", mirror.address()).orFail();
      docker.docker("push", hosted).orFail();
      docker.docker("pull", hosted).orFail();
      docker.docker("logout", mirror.address()).orFail();
      docker.docker("pull", hosted).expectFailure();
    }
    // What docker keeps after a login is no password.
    mirror.awaitOutput(".*grant=refresh_token user=alice.*");
    assertEquals(-1, mirror.output().indexOf("secret1"));
  }

  @Test
  @RealParts(
      value = {"containerd", "ctr"},
      asRoot = true)
  void containerd() {
    try (var containerd = Containerd.start()) {
      var hosts =
          containerd.hosts(
              upstream.address(),
              """
              [host."%s"]
                capabilities = ["pull", "resolve"]
              """
                  .formatted(mirror.url()));
      containerd
          .images(
              "pull",
              "--hosts-dir",
              hosts.toString(),
              "--snapshotter",
              "native",
              upstream.address() + "/library/tiny:1")
          .orFail();
    }
  }
}
