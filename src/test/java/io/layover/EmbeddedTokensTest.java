package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigException;
import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The token server inside the registry, and the registry that takes its tokens. */
@Timeout(120)
class EmbeddedTokensTest {
  private static final String RULES =
      TokenRegistry.USERS
          + """
          acl:
            - {match: {account: alice}, actions: ["*"]}
            - {match: {type: repository, name: "private/**"}, actions: []}
            - {match: {type: repository}, actions: [pull]}
          """;
  private static final String UPLOADS = "/v2/private/app/blobs/uploads/";

  @TempDir private Path folder;

  @Test
  void sendsClientsToTheHostThatTheyAsked() throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      var answer = registry.send("POST", UPLOADS);
      assertEquals(401, answer.statusCode());
      assertEquals(
          List.of(
              "Bearer realm=\"%s/auth/token\",service=\"layover\",scope=\"repository:private/app:pull,push\""
                  .formatted(registry.url())),
          answer.headers().allValues("WWW-Authenticate"));
    }
    try (var registry =
        TokenRegistry.start(
            folder,
            RULES,
            "REGISTRY_HTTP_PREFIX",
            "/registry/",
            "REGISTRY_AUTH_TOKEN_SERVICE",
            "hub")) {
      assertEquals(
          "Bearer realm=\"%s/registry/auth/token\",service=\"hub\"".formatted(registry.url()),
          registry
              .send("GET", "/registry/v2/")
              .headers()
              .firstValue("WWW-Authenticate")
              .orElse(""));
      assertEquals(200, registry.send("GET", "/registry/auth/token?service=hub").statusCode());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alice | repository:private/app:pull,push | POST | /v2/private/app/blobs/uploads/ | 202",
        "alice | repository:private/app:pull      | POST | /v2/private/app/blobs/uploads/ | 401",
        "''    | repository:private/app:pull,push | POST | /v2/private/app/blobs/uploads/ | 401",
        "''    | repository:private/app:pull      | GET  | /v2/private/app/tags/list      | 401",
        "alice | repository:private/app:pull      | GET  | /v2/private/app/tags/list      | 404",
        "''    | repository:private/app:pull      | GET  | /v2/                           | 200",
        "alice | registry:catalog:*               | GET  | /v2/_catalog                   | 200",
        "''    | registry:catalog:*               | GET  | /v2/_catalog                   | 401",
      })
  void itsTokensOpenWhatTheRulesGrant(
      String user, String scope, String method, String path, int status) throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      assertEquals(status, registry.status(method, path, registry.token(user, scope)));
    }
  }

  /** The registry around the server knows the key; others need its certificates. */
  @ParameterizedTest
  @CsvSource({
    "'',                                 layover, false",
    "'',                                 other,   true",
    "', disable_certificate_chain: false', layover, true",
    "', disable_certificate_chain: true',  other,   false",
  })
  void itsOwnRegistrysTokensAreShort(String setting, String service, boolean chain)
      throws Exception {
    var token = "token: {issuer: i, expiration: 900%s}\n".formatted(setting);
    try (var registry = TokenRegistry.start(folder, token + RULES)) {
      var answer = new JsonObject(registry.send("GET", "/auth?service=" + service).body());
      var encoded = answer.getString("token").split("\\.", 2)[0];
      var header = new JsonObject(Buffer.buffer(Base64.getUrlDecoder().decode(encoded)));
      assertEquals(chain, header.containsKey("x5c"));
      var own = service.equals("layover");
      assertEquals(own ? 200 : 401, registry.status("GET", "/v2/", answer.getString("token")));
    }
  }

  /** Clients know an image by other names than the rules do. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alpine                    | library/alpine",
        "library/alpine            | library/alpine",
        "docker.io/library/alpine  | library/alpine",
        "docker.io/alpine          | library/alpine",
        "team/app                  | team/app",
        "private/app               | private/app",
        "host:5000/team/app        | host:5000/team/app",
        "Not/A/Name                | Not/A/Name",
        "équipe/été                | équipe/été",
      })
  void grantsByTheNameHere(String asked, String here) throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      var token = registry.token("alice", "repository:" + asked + ":pull");
      assertEquals(here, TokenRegistry.access(token).getJsonObject(0).getString("name"));
    }
  }

  @Test
  void aSecondNameOpensNothingThatTheFirstDoesNot() throws Exception {
    var rules = RULES.replace("private/**", "library/secret");
    try (var registry = TokenRegistry.start(folder, rules)) {
      for (var name : List.of("secret", "library/secret", "docker.io/library/secret")) {
        var token = registry.token("", "repository:" + name + ":pull");
        assertEquals(0, TokenRegistry.access(token).size(), name);
        assertEquals(401, registry.status("GET", "/v2/" + name + "/manifests/1", token), name);
      }
    }
  }

  /** And of one answer, whose name for the image is another one than the registry's. */
  @Test
  void aClientThatAsksByBothNamesIsGrantedOne() throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      var token =
          registry.token("alice", "repository:alpine:pull", "repository:library/alpine:pull");
      assertEquals(1, TokenRegistry.access(token).size());
    }
  }

  @Test
  void keysAndRefreshTokensOutliveARestart() throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      var answer =
          new JsonObject(
              registry.ask("alice", "sécret", "repository:private/app:pull,push").body());
      registry.restart();
      assertEquals(202, registry.status("POST", UPLOADS, answer.getString("token")));
      var refreshed =
          registry.refresh(answer.getString("refresh_token"), "repository:private/app:push");
      assertEquals(200, refreshed.statusCode());
      var token = new JsonObject(refreshed.body()).getString("access_token");
      assertEquals(401, registry.status("GET", "/v2/private/app/tags/list", token));
    }
  }

  @Test
  void aKeyGivesWayToAnotherOneWithoutATokenBeingRefused() throws Exception {
    var elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
    Path next;
    try (var other = TokenRegistry.start(elsewhere, RULES)) {
      next = other.state().resolve("token.key");
    }
    try (var registry = TokenRegistry.start(folder, RULES)) {
      var scope = "repository:private/app:pull,push";
      var before = registry.token("alice", scope);
      Files.move(next, registry.state().resolve("token.key"), StandardCopyOption.REPLACE_EXISTING);
      Mirror.await("the other key signs", () -> !kid(registry, scope).equals(kid(before)));

      assertEquals(202, registry.status("POST", UPLOADS, registry.token("alice", scope)));
      assertEquals(202, registry.status("POST", UPLOADS, before));
      assertEquals(
          2, new JsonObject(registry.send("GET", "/auth/jwks").body()).getJsonArray("keys").size());
    }
  }

  private static String kid(String token) {
    return TokenRegistry.part(token, 0).getString("kid");
  }

  private static String kid(TokenRegistry registry, String scope) {
    try {
      return kid(registry.token("alice", scope));
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void usersAndRulesChangeWithTheFile() throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      assertEquals(200, registry.ask("alice", "sécret").statusCode());
      registry.write(RULES.replace("alice", "bob"));
      Mirror.await("bob is known", () -> status(registry, "bob") == 200);
      assertEquals(401, status(registry, "alice"));
      registry.write("nonsense");
      registry.write(RULES.replace("alice", "carol"));
      Mirror.await("carol is known", () -> status(registry, "carol") == 200);
      assertNotEquals(200, status(registry, "bob"));
    }
  }

  @Test
  void aTransferGoesOnWhileItsUserIsRemoved() throws Exception {
    var image = Images.oci(3, 1, 32 << 20);
    var vertx = Vertx.vertx();
    try (var hub = HubStandIn.start(vertx);
        var registry =
            TokenRegistry.start(
                folder,
                RULES,
                "REGISTRY_PROXY_UPSTREAMS",
                "[{name: docker.io, remoteurl: '" + hub.url() + "', default: true}]")) {
      hub.repository("library/big").put("1", image);
      var token = registry.token("alice", "repository:big:pull");
      var answer = registry.open("/v2/library/big/blobs/" + image.layer(), token);
      assertEquals(200, answer.statusCode());
      try (var body = answer.body()) {
        var start = body.readNBytes(1000);
        registry.write(RULES.replace("alice", "bob"));
        Mirror.await("alice is unknown", () -> status(registry, "alice") == 401);
        var bytes = Buffer.buffer(start).appendBytes(body.readAllBytes());
        assertEquals(image.layer(), Digest.sha256(bytes.getBytes()));
      }
    } finally {
      vertx.close().await();
    }
  }

  private static int status(TokenRegistry registry, String user) {
    try {
      return registry.ask(user, "sécret").statusCode();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void saysWhatIsWrongWithTheFile() throws Exception {
    var file =
        Files.writeString(folder.resolve("auth.yml"), "token: {issuer: i}\nusers: {}\nacl: []\n");
    var config =
        ConfigReader.read(
            null,
            Map.of(
                "REGISTRY_AUTH_TOKEN_SERVER",
                file.toString(),
                "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
                folder.resolve("data").toString()));
    var problems = assertThrows(ConfigException.class, () -> Server.start(config)).problems();
    assertTrue(problems.getFirst().contains("auth.yml:1:8: token.expiration"), problems::toString);
  }
}
