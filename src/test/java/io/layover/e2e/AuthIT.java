package io.layover.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
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
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real clients log in, push, pull and log out: with passwords, set up by the three variables that
 * every guide to {@code registry:2} names, and with tokens of another server or of its own, where
 * everybody may pull and alice may do everything.
 */
@RealParts({"docker-registry", "skopeo", "umoci", "busybox", "htpasswd"})
class AuthIT {
  private static final String SOURCE = TestImages.tinyOci();

  private static TokenServer tokens;
  private static LayoverProcess withPasswords;
  private static LayoverProcess withTokens;
  private static LayoverProcess withTokensOfItsOwn;
  @TempDir private Path folder;

  /** How users prove who they are. */
  enum Mode {
    PASSWORDS,
    TOKENS,
    TOKENS_OF_ITS_OWN;

    LayoverProcess registry() {
      return switch (this) {
        case PASSWORDS -> withPasswords;
        case TOKENS -> withTokens;
        case TOKENS_OF_ITS_OWN -> withTokensOfItsOwn;
      };
    }

    boolean letsEverybodyPull() {
      return this != PASSWORDS;
    }
  }

  @BeforeAll
  static void start() throws IOException {
    UnderTest.isLayover();
    var passwords = Tools.freshFolder("auth").resolve("htpasswd");
    Files.writeString(passwords, Command.of("htpasswd", "-Bbn", "alice", "secret1").run().orFail());
    withPasswords =
        LayoverProcess.create()
            .byVariables()
            .env("REGISTRY_AUTH", "htpasswd")
            .env("REGISTRY_AUTH_HTPASSWD_REALM", "Registry Realm")
            .env("REGISTRY_AUTH_HTPASSWD_PATH", passwords.toString())
            .start();
    tokens = TokenServer.start();
    withTokens = withTokens("").start();
    var rules = passwords.resolveSibling("auth_config.yml");
    Files.writeString(
        rules,
        """
        token: {issuer: Acme auth server, expiration: 900}
        users: {"": {}}
        htpasswd_auth: {path: "%s"}
        acl:
          - {match: {account: alice}, actions: ["*"]}
          - {match: {type: repository}, actions: [pull]}
        """
            .formatted(passwords));
    withTokensOfItsOwn =
        LayoverProcess.create()
            .byVariables()
            .env("REGISTRY_AUTH_TOKEN_SERVER", rules.toString())
            .start();
  }

  private static LayoverProcess withTokens(String more) {
    return LayoverProcess.create()
        .config(
            """
            auth:
              token: {realm: "%s", service: %s, issuer: %s, rootcertbundle: "%s"}
            """
                    .formatted(
                        // crane and oras follow a challenge to a private address only from a
                        // registry of the same name.
                        tokens.realm().replace("127.0.0.1", "localhost"),
                        TokenServer.SERVICE,
                        TokenServer.ISSUER,
                        tokens.certificate())
                + more);
  }

  @AfterAll
  static void stop() {
    withTokensOfItsOwn.close();
    withTokens.close();
    withPasswords.close();
    tokens.close();
  }

  /** The log says who it was, and no password. */
  private static void isLogged(LayoverProcess registry, String name) {
    registry.awaitOutput(".* decision=accepted user=alice .*");
    registry.awaitOutput(".*route=manifest .*repository=" + name + " .*user=alice.*");
    assertFalse(registry.output().contains("secret1"));
    assertFalse(registry.output().contains("eyJ"), "no token");
  }

  @ParameterizedTest
  @EnumSource
  void skopeo(Mode mode) {
    var registry = mode.registry();
    var image = registry.address() + "/team/skopeo:1";
    Skopeo.push(SOURCE, image).expectFailure();
    Skopeo.push(SOURCE, image, "--dest-creds", "alice:wrong").expectFailure();
    Skopeo.pushAsAlice(SOURCE, image).orFail();
    if (mode.letsEverybodyPull()) {
      Skopeo.pull(image);
    } else {
      Skopeo.tryPull(image).expectFailure();
      Skopeo.run(
              "copy",
              "--src-tls-verify=false",
              "--src-creds",
              "alice:secret1",
              "docker://" + image,
              "dir:" + folder.resolve("pulled"))
          .orFail();
    }
    Skopeo.run("delete", "--tls-verify=false", "--creds", "bob:secret1", "docker://" + image)
        .expectFailure();
    isLogged(registry, "team/skopeo");
  }

  @ParameterizedTest
  @EnumSource
  @RealParts("podman")
  void podman(Mode mode) {
    var registry = mode.registry().address();
    var image = registry + "/team/podman:1";
    try (var podman = new Podman()) {
      podman
          .run("login", "--tls-verify=false", "-u", "alice", "-p", "no", registry)
          .expectFailure();
      podman.run("login", "--tls-verify=false", "-u", "alice", "-p", "secret1", registry).orFail();
      var id = podman.run("pull", "-q", SOURCE).orFail().strip();
      podman.run("push", "-q", "--tls-verify=false", id, "docker://" + image).orFail();
      podman.run("pull", "-q", "--tls-verify=false", image).orFail();
      podman.run("logout", registry).orFail();
      podman.run("push", "-q", "--tls-verify=false", id, "docker://" + image).expectFailure();
      var anonymous = podman.run("pull", "-q", "--tls-verify=false", image);
      assertEquals(mode.letsEverybodyPull(), anonymous.exit() == 0, anonymous::output);
    }
    isLogged(mode.registry(), "team/podman");
  }

  @ParameterizedTest
  @EnumSource
  @RealParts("crane")
  void crane(Mode mode) {
    var registry = mode.registry().address().replace("127.0.0.1", "localhost");
    var image = registry + "/team/crane:1";
    var layout = SOURCE.replaceFirst("^oci:(.*):1$", "$1");
    crane("push", layout, image).expectFailure();
    crane("auth", "login", registry, "-u", "alice", "-p", "secret1").orFail();
    crane("push", layout, image).orFail();
    crane("copy", image, registry + "/team/crane-copy:1").orFail();
    assertTrue(crane("ls", registry + "/team/crane-copy").orFail().contains("1"));
    assertEquals(Skopeo.digestOf(SOURCE).toString(), crane("digest", image).orFail().strip());
    if (mode == Mode.PASSWORDS) {
      assertTrue(crane("catalog", registry).orFail().contains("team/crane"));
    }
    crane("auth", "logout", registry).orFail();
    crane("delete", image).expectFailure();
    var anonymous = crane("manifest", image);
    assertEquals(mode.letsEverybodyPull(), anonymous.exit() == 0, anonymous::output);
    isLogged(mode.registry(), "team/crane");
  }

  private Command.Result crane(String... arguments) {
    return Command.of("crane", arguments)
        .with("--insecure")
        .env("DOCKER_CONFIG", folder.toString())
        .run();
  }

  @ParameterizedTest
  @EnumSource
  @RealParts("oras")
  void oras(Mode mode) throws IOException {
    var registry = mode.registry().address().replace("127.0.0.1", "localhost");
    var image = registry + "/team/oras:1";
    Files.writeString(folder.resolve("note.txt"), "a note");
    oras("push", "--plain-http", image, "note.txt:text/plain").expectFailure();
    oras("login", "--plain-http", "-u", "alice", "-p", "wrong", registry).expectFailure();
    oras("login", "--plain-http", "-u", "alice", "-p", "secret1", registry).orFail();
    oras("push", "--plain-http", image, "note.txt:text/plain").orFail();
    oras("attach", "--plain-http", "--artifact-type", "a/b", image, "note.txt").orFail();
    assertTrue(oras("discover", "--plain-http", image).orFail().contains("a/b"));
    oras("logout", registry).orFail();
    var anonymous = oras("pull", "--plain-http", image);
    assertEquals(mode.letsEverybodyPull(), anonymous.exit() == 0, anonymous::output);
    isLogged(mode.registry(), "team/oras");
  }

  private Command.Result oras(String... arguments) {
    return Command.of("oras", arguments)
        .in(folder)
        .env("DOCKER_CONFIG", folder.resolve("oras").toString())
        .run();
  }

  @ParameterizedTest
  @EnumSource
  @RealParts(
      value = {"dockerd", "docker"},
      asRoot = true)
  void docker(Mode mode) {
    var registry = mode.registry().address();
    var image = registry + "/team/docker:1";
    var archive = folder.resolve("image.tar");
    Skopeo.run("copy", "-q", SOURCE, "docker-archive:" + archive + ":" + image).orFail();
    try (var docker = DockerDaemon.start()) {
      docker.docker("load", "-i", archive.toString()).orFail();
      for (var client : DockerDaemon.clients()) {
        docker.client(client, "push", image).expectFailure();
        docker.client(client, "login", "-u", "alice", "-p", "wrong", registry).expectFailure();
        docker.client(client, "login", "-u", "alice", "-p", "secret1", registry).orFail();
        docker.client(client, "push", image).orFail();
        docker.client(client, "pull", image).orFail();
        docker.client(client, "logout", registry).orFail();
      }
      docker.docker("login", "-u", "alice", "-p", "secret1", registry).orFail();
      // Its blobs are mounted from where they were pushed first.
      docker.docker("tag", image, registry + "/team/docker-again:1").orFail();
      docker.docker("push", registry + "/team/docker-again:1").orFail();
      docker.docker("pull", image).orFail();
      docker.docker("logout", registry).orFail();
      docker.docker("push", image).expectFailure();
      var anonymous = docker.docker("pull", image);
      assertEquals(mode.letsEverybodyPull(), anonymous.exit() == 0, anonymous::output);
    }
    isLogged(mode.registry(), "team/docker");
  }

  @ParameterizedTest
  @EnumSource
  @RealParts(
      value = {"containerd", "ctr"},
      asRoot = true)
  void containerd(Mode mode) {
    var registry = mode.registry().address();
    var image = registry + "/team/containerd:1";
    var archive = folder.resolve("image.tar");
    Skopeo.run("copy", "-q", SOURCE, "oci-archive:" + archive + ":" + image).orFail();
    try (var containerd = Containerd.start()) {
      containerd
          .images("import", "--no-unpack", "--index-name", image, archive.toString())
          .orFail();
      containerd.images("push", "--plain-http", image).expectFailure();
      containerd.images("push", "--plain-http", "-u", "alice:secret1", image).orFail();
      containerd.images("rm", image).orFail();
      containerd
          .images("pull", "--plain-http", "--snapshotter", "native", "-u", "alice:secret1", image)
          .orFail();
      containerd.images("rm", image).orFail();
      var anonymous = containerd.images("pull", "--plain-http", "--snapshotter", "native", image);
      assertEquals(mode.letsEverybodyPull(), anonymous.exit() == 0, anonymous::output);
    }
    isLogged(mode.registry(), "team/containerd");
  }

  /** The header is what containerd sends to its mirrors, which it has no other password for. */
  @Test
  @RealParts(
      value = {"containerd", "ctr"},
      asRoot = true)
  void containerdWithHeadersOfItsHosts() {
    var registry = withPasswords.address();
    Skopeo.pushAsAlice(SOURCE, registry + "/team/headers:1").orFail();
    try (var containerd = Containerd.start()) {
      var hosts =
          containerd.hosts(
              "registry.example",
              """
              server = "http://%1$s"
              [host."http://%1$s"]
                capabilities = ["pull", "resolve"]
                [host."http://%1$s".header]
                  Authorization = "Basic %2$s"
              """
                  .formatted(
                      registry,
                      Base64.getEncoder().encodeToString("alice:secret1".getBytes(UTF_8))));
      containerd
          .images(
              "pull",
              "--hosts-dir",
              hosts.toString(),
              "--snapshotter",
              "native",
              "registry.example/team/headers:1")
          .orFail();
    }
  }

  /** What dockerd can do with a mirror, which it sends no credentials. */
  @Test
  @RealParts(
      value = {"dockerd", "docker"},
      asRoot = true)
  void everybodyPullsFromAMirrorAndUsersPushBesideIt() {
    try (var upstream = RealRegistry.plain().start();
        var mirror =
            withTokens(
                    """
                    proxy: {remoteurl: "%s", hosted: ["private/**"]}
                    """
                        .formatted(upstream.url()))
                .start();
        var docker = DockerDaemon.withMirror(mirror.url())) {
      Skopeo.push(SOURCE, upstream.address() + "/library/tiny:1").orFail();
      docker.docker("pull", "tiny:1").orFail();
      upstream.stop();
      docker.docker("rmi", "tiny:1").orFail();
      docker.docker("pull", "tiny:1").orFail();

      var hosted = mirror.address() + "/private/tiny:1";
      docker.docker("tag", "tiny:1", hosted).orFail();
      docker.docker("push", hosted).expectFailure();
      docker.docker("login", "-u", "alice", "-p", "secret1", mirror.address()).orFail();
      docker.docker("push", hosted).orFail();
      Skopeo.pushAsAlice(SOURCE, mirror.address() + "/private/other:1").orFail();
      Skopeo.pull(hosted);
    }
  }
}
