package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Certificates;
import io.layover.parts.Certificates.Pair;
import io.layover.parts.Command;
import io.layover.parts.FrontDoor;
import io.layover.parts.LayoverProcess;
import io.layover.parts.LayoverTokens;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Set-ups with docker_auth beside a registry that are in use all over the world, with only the
 * programs' names changed: both are Layover.
 */
@RealParts({"docker-registry", "skopeo", "umoci", "busybox", "openssl"})
class TokenListingsIT {
  /** secret1. */
  private static final String PASSWORD =
      "$2y$05$0KN4qz5FZCCCpV2osmeE6u7tLxX7CWjMEJY4ubc8njIvUmNR5KfKy";

  private static final String SOURCE = TestImages.tinyOci();
  private static final String OWN_NAMES =
      """
        - match: {account: "/.+/", name: "${account}/*"}
          actions: ["*"]
          comment: "Logged in users have full access to images that are in their 'namespace'"
      """;

  @TempDir private Path directory;
  private Pair authority;
  private Pair server;

  @BeforeEach
  void makeCertificates() throws Exception {
    var certificates = new Certificates(directory);
    authority = certificates.authority("authority");
    server = certificates.signed("server", authority);
  }

  private String tokens(int port) {
    return """
    server:
      addr: ":%d"
      certificate: "%s"
      key: "%s"
    token:
      issuer: "Auth Service"  # Must match issuer in the Registry config.
      expiration: 900
    users:
      "admin":
        password: "%s"
      "hussein":
        password: "%s"
      "": {}  # Allow anonymous (no "docker login") access.
    acl:
      - match: {account: "admin"}
        actions: ["*"]
        comment: "Admin has full access to everything."
      - match: {account: "hussein", name: "busybox"}
        actions: ["*"]
      - match: {account: "/.+/"}
        actions: ["pull"]
      - match: {account: "", name: "hello-world"}
        actions: ["pull"]
    """
            .formatted(port, server.certificate(), server.key(), PASSWORD, PASSWORD)
        + OWN_NAMES;
  }

  private static Command.Result push(String user, String image) {
    return user.isEmpty()
        ? Skopeo.push(SOURCE, image)
        : Skopeo.push(SOURCE, image, "--dest-creds", user + ":secret1");
  }

  private Command.Result pull(String user, String image) {
    var to = "dir:" + directory.resolve("pulled");
    var pull = Command.of("skopeo", "copy", "-q", "--src-tls-verify=false");
    return (user.isEmpty() ? pull : pull.with("--src-creds", user + ":secret1"))
        .with("docker://" + image, to)
        .run();
  }

  @Test
  void registryByVariablesWithATokenServerBesideIt() {
    try (var tokens = LayoverTokens.create();
        var registry = LayoverProcess.create().byVariables()) {
      tokens.startEncrypted(tokens(tokens.port()));
      registry
          .env("REGISTRY_AUTH", "token")
          .env("REGISTRY_AUTH_TOKEN_REALM", tokens.realm())
          .env("REGISTRY_AUTH_TOKEN_SERVICE", "Docker registry")
          .env("REGISTRY_AUTH_TOKEN_ISSUER", "Auth Service")
          .env("REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE", server.certificate().toString())
          .start();
      var at = registry.address();
      push("admin", at + "/hello-world:1").orFail();
      push("admin", at + "/team/app:1").orFail();
      push("hussein", at + "/busybox:1").orFail();
      push("hussein", at + "/team/app:2").expectFailure();
      pull("hussein", at + "/team/app:1").orFail();
      pull("", at + "/hello-world:1").orFail();
      pull("", at + "/busybox:1").expectFailure();
      Skopeo.push(SOURCE, at + "/busybox:2", "--dest-creds", "hussein:wrong").expectFailure();

      // As in docker_auth the first rule that is about a user decides, here that of pull alone.
      push("hussein", at + "/hussein/app:1").expectFailure();
      tokens.rewrite(
          tokens(tokens.port()).replace(OWN_NAMES, "").replace("acl:\n", "acl:\n" + OWN_NAMES));
      tokens.awaitOutput(".*auth_config.yml has changed and is in force.*");
      push("hussein", at + "/hussein/app:1").orFail();
      push("hussein", at + "/admin/app:1").expectFailure();
    }
  }

  @Test
  void mirrorWithTlsAndItsRealmOnAnotherPort() {
    try (var upstream = RealRegistry.plain().start();
        var tokens = LayoverTokens.create();
        var mirror = LayoverProcess.create().encrypted()) {
      tokens.startEncrypted(tokens(tokens.port()));
      mirror
          .file(
              """
              version: 0.1
              log:
                fields:
                  service: registry
              storage:
                cache:
                  blobdescriptor: inmemory
                filesystem:
                  rootdirectory: %s
              http:
                addr: %s
                headers:
                  X-Content-Type-Options: [nosniff]
                tls:
                  certificate: %s
                  key: %s
              auth:
                token:
                  realm: %s
                  service: "Docker registry"
                  issuer: "Auth Service"
                  rootcertbundle: %s
              proxy:
                remoteurl: %s
              """
                  .formatted(
                      mirror.storage(),
                      mirror.address().replace("127.0.0.1", ""),
                      server.certificate(),
                      server.key(),
                      tokens.realm(),
                      server.certificate(),
                      upstream.url()))
          .start();
      Skopeo.push(SOURCE, upstream.address() + "/hello-world:1").orFail();
      Skopeo.push(SOURCE, upstream.address() + "/team/app:1").orFail();
      var at = mirror.address();
      pull("", at + "/hello-world:1").orFail();
      pull("", at + "/team/app:1").expectFailure();
      pull("hussein", at + "/team/app:1").orFail();
      upstream.stop();
      pull("hussein", at + "/team/app:1").orFail();
      // It is cached, and still for nobody who may not pull it.
      pull("", at + "/team/app:1").expectFailure();
      push("admin", at + "/team/app:2").expectFailure();
      mirror.awaitOutput(".*service=registry.*");
    }
  }

  private FrontDoor haproxy(String tokens, String registry) throws IOException {
    var pem = directory.resolve("front.pem");
    Files.writeString(pem, Files.readString(server.certificate()) + Files.readString(server.key()));
    return FrontDoor.haproxy(
        pem,
        """
          option forwardfor
          http-request set-header X-Forwarded-Proto https
          acl is_tokens path_beg /auth
          acl is_registry path_beg /v2
          use_backend tokens if is_tokens
          use_backend registry if is_registry
        backend tokens
          server tokens %s
        backend registry
          server registry %s
        """
            .formatted(tokens, registry));
  }

  @Test
  @RealParts("haproxy")
  void haproxyInFrontOfBoth() throws IOException {
    try (var tokens = LayoverTokens.create();
        var registry = LayoverProcess.create();
        var front = haproxy("127.0.0.1:" + tokens.port(), registry.address())) {
      tokens.start(
          "certificate: \"%s\", key: \"%s\"".formatted(server.certificate(), server.key()),
          tokens(0).replaceFirst("(?s)^.*?(?=users:)", ""));
      registry
          .config(
              """
              auth:
                token: {realm: "https://%s/auth", service: %s, issuer: "%s", rootcertbundle: "%s"}
              """
                  .formatted(
                      front.address(),
                      LayoverTokens.SERVICE,
                      LayoverTokens.ISSUER,
                      server.certificate()))
          .start();
      isServedThrough(front.start());
    }
  }

  @Test
  @RealParts("haproxy")
  void haproxyInFrontOfARegistryWithATokenServerInside() throws IOException {
    var rules = directory.resolve("auth_config.yml");
    Files.writeString(rules, tokens(5001));
    try (var registry = LayoverProcess.create();
        var front = haproxy(registry.address(), registry.address())) {
      registry
          .config("auth: {token: {server: \"" + rules + "\"}}\n")
          .env("REGISTRY_HTTP_TRUSTEDPROXIES", "[127.0.0.1]")
          .start();
      isServedThrough(front.start());
      assertTrue(
          Command.of("curl", "-si", "-k", "https://" + front.address() + "/v2/")
              .run()
              .orFail()
              .contains("realm=\"https://" + front.address() + "/auth/token\""));
    }
  }

  private void isServedThrough(FrontDoor front) {
    var at = front.address();
    push("admin", at + "/hello-world:1").orFail();
    push("hussein", at + "/team/app:1").expectFailure();
    pull("hussein", at + "/hello-world:1").orFail();
    pull("", at + "/hello-world:1").orFail();
    push("", at + "/hello-world:2").expectFailure();
  }
}
