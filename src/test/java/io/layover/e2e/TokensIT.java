package io.layover.e2e;

import io.layover.parts.Certificates;
import io.layover.parts.Command;
import io.layover.parts.LayoverProcess;
import io.layover.parts.LayoverTokens;
import io.layover.parts.RealDockerAuth;
import io.layover.parts.RealParts;
import io.layover.parts.RealRegistry;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import io.layover.parts.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Layover's tokens at other registries, and those of another server at Layover. */
@RealParts({"docker-registry", "skopeo", "umoci", "busybox", "openssl"})
class TokensIT {
  /** secret1. */
  private static final String PASSWORD =
      "$2y$05$0KN4qz5FZCCCpV2osmeE6u7tLxX7CWjMEJY4ubc8njIvUmNR5KfKy";

  @ParameterizedTest
  @CsvSource({
    "docker-registry, false, rsa",
    "docker-registry, true,  rsa",
    "docker-registry, false, made",
    "docker-registry, true,  made",
    "registry,        false, rsa",
    "registry,        true,  ec",
    "registry,        false, made",
    "registry,        true,  made",
  })
  void registriesOldAndNewAcceptThem(String program, boolean thumbprint, String kind)
      throws Exception {
    Tools.require(program);
    var tokens = LayoverTokens.create();
    var made = new Certificates(Tools.freshFolder("keys"));
    var certificate = tokens.state().resolve("token.crt");
    var key = "directory: \"" + tokens.state() + "\"";
    if (!kind.equals("made")) {
      var authority = made.authority("authority");
      var pair = kind.equals("ec") ? made.signedEc("token", authority) : authority;
      certificate = authority.certificate();
      key = "certificate: \"%s\", key: \"%s\"".formatted(pair.certificate(), pair.key());
    }
    try (tokens) {
      tokens.start(key + ", disable_legacy_key_id: " + thumbprint, rules());
      try (var registry = registry(tokens.realm(), certificate).program(program).start()) {
        var image = registry.address() + "/team/tiny:1";
        Skopeo.pushAsAlice(TestImages.tinyOci(), image).orFail();
        Client.SKOPEO.pull(image, Skopeo.digestOf(TestImages.tinyOci()));
        Skopeo.push(TestImages.tinyOci(), image).expectFailure();
        Skopeo.push(TestImages.tinyOci(), image, "--dest-creds", "alice:wrong").expectFailure();
      }
    }
  }

  /** A registry that stores apart takes them from the token server inside of another one. */
  @ParameterizedTest
  @CsvSource({
    "docker-registry, false",
    "docker-registry, true",
    "registry,        true",
  })
  void registriesAcceptThemFromInsideOfLayover(String program, boolean thumbprint)
      throws IOException {
    Tools.require(program);
    var file = Tools.freshFolder("embedded").resolve("auth_config.yml");
    Files.writeString(
        file,
        "token: {issuer: \"%s\", expiration: 900, disable_legacy_key_id: %s}\n"
                .formatted(LayoverTokens.ISSUER, thumbprint)
            + rules());
    try (var layover =
            LayoverProcess.create()
                .config("auth: {token: {server: \"%s\"}}\n".formatted(file))
                .start();
        var registry =
            registry(layover.url() + "/auth", layover.storage().resolve("layover/auth/token.crt"))
                .program(program)
                .start()) {
      for (var at : List.of(layover.address(), registry.address())) {
        var image = at + "/team/tiny:1";
        Skopeo.push(TestImages.tinyOci(), image).expectFailure();
        Skopeo.pushAsAlice(TestImages.tinyOci(), image).orFail();
        Skopeo.pull(image);
      }
    }
  }

  @Test
  @RealParts({"registry", "curl"})
  void aRegistryAcceptsThemByTheirKeySetAlone() throws IOException {
    try (var tokens = LayoverTokens.create()) {
      tokens.start(
          "directory: \"%s\", disable_legacy_key_id: true, disable_certificate_chain: true"
              .formatted(tokens.state()),
          rules());
      var keys = Tools.freshFolder("jwks").resolve("jwks.json");
      Files.writeString(keys, Command.of("curl", "-s", tokens.realm() + "/jwks").run().orFail());
      var settings =
          "service: %s, issuer: \"%s\", jwks: \"%s\""
              .formatted(LayoverTokens.SERVICE, LayoverTokens.ISSUER, keys);
      try (var registry =
          RealRegistry.token(tokens.realm(), settings).program("registry").start()) {
        var image = registry.address() + "/team/tiny:1";
        Skopeo.pushAsAlice(TestImages.tinyOci(), image).orFail();
        Skopeo.pull(image);
        Skopeo.push(TestImages.tinyOci(), image).expectFailure();
      }
    }
  }

  /** As distribution does in its place, whichever name docker_auth gives to its key. */
  @ParameterizedTest
  @ValueSource(strings = {"", ", disable_legacy_key_id: true"})
  @RealParts("auth_server")
  void layoverTakesThoseOfDockerAuth(String keyName) {
    try (var tokens = RealDockerAuth.startForClients(keyName, rules());
        var layover =
            LayoverProcess.create()
                .config(
                    "auth: {token: {realm: \"%s\", service: s, issuer: %s, rootcertbundle: \"%s\"}}\n"
                        .formatted(tokens.realm(), RealDockerAuth.ISSUER, tokens.certificate()))
                .start()) {
      var image = layover.address() + "/team/tiny:1";
      Skopeo.push(TestImages.tinyOci(), image).expectFailure();
      Skopeo.push(TestImages.tinyOci(), image, "--dest-creds", "alice:wrong").expectFailure();
      Skopeo.pushAsAlice(TestImages.tinyOci(), image).orFail();
      Skopeo.pull(image);
    }
  }

  private static String rules() {
    return """
    users:
      alice: {password: "%s"}
      "": {}
    acl:
      - {match: {account: alice}, actions: ["*"]}
      - {match: {type: repository}, actions: [pull]}
    """
        .formatted(PASSWORD);
  }

  private static RealRegistry registry(String realm, Path certificate) {
    return RealRegistry.token(
        realm,
        "service: %s, issuer: \"%s\", rootcertbundle: \"%s\""
            .formatted(LayoverTokens.SERVICE, LayoverTokens.ISSUER, certificate));
  }
}
