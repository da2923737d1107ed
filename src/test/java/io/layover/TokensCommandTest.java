package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class TokensCommandTest {
  private static final String RULES =
      TokenRegistry.USERS + "acl: [{match: {account: alice}, actions: ['*']}]\n";

  @TempDir private Path folder;

  private static Ran tokens(String... words) {
    return Ran.of(new TokensCommand(), words);
  }

  /** The registry's configuration, as a file. */
  private String config() throws Exception {
    return Files.writeString(
            folder.resolve("config.yml"),
            """
            version: 0.1
            storage: {filesystem: {rootdirectory: "%s"}}
            auth: {token: {server: "%s"}}
            """
                .formatted(folder.resolve("data"), folder.resolve("auth_config.yml")))
        .toString();
  }

  private static String login(TokenRegistry registry) throws Exception {
    return new JsonObject(registry.ask("alice", "sécret").body()).getString("refresh_token");
  }

  private static int status(TokenRegistry registry, String token) {
    try {
      return registry.refresh(token, "repository:a/b:pull").statusCode();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aRunningServerFollows() throws Exception {
    try (var registry = TokenRegistry.start(folder, RULES)) {
      assertEquals(new Ran(0, "", ""), tokens("list", config()));
      var first = login(registry);
      var second = login(registry);
      var lines = tokens("list", config()).out().lines().toList();
      assertEquals(2, lines.size());
      var form = "[\\w-]{16}  \\S+Z  127\\.0\\.0\\.1  user alice  service layover";
      assertTrue(lines.stream().allMatch(line -> line.matches(form)), lines::toString);

      var id = lines.getFirst().substring(0, 16);
      assertEquals(new Ran(0, "", ""), tokens("revoke", "--token", id, config()));
      Mirror.await("the first is revoked", () -> status(registry, first) == 401);
      assertEquals(200, status(registry, second));
      lines = tokens("list", config()).out().lines().toList();
      assertEquals(
          List.of(true, false), lines.stream().map(line -> line.endsWith("  revoked")).toList());

      assertEquals(0, tokens("revoke", "--user", "alice", config()).exit());
      Mirror.await("the second is revoked", () -> status(registry, second) == 401);
    }
  }

  @Test
  void saysWhatIsMissing() throws Exception {
    var rules =
        Files.writeString(folder.resolve("auth_config.yml"), "token: {issuer: i}\n" + RULES);
    assertTrue(tokens("list", rules.toString()).err().contains("token.expiration: is required"));
    Files.writeString(rules, "token: {issuer: i, expiration: 9}\n" + RULES);
    assertEquals(
        new Ran(1, "", "no refresh tokens are kept: token.directory does not say where\n"),
        tokens("list", rules.toString()));
    assertTrue(tokens("revoke", config()).err().startsWith("revoke needs --token or --user"));
    assertTrue(tokens("revoke", "--token", "a b", config()).err().contains("cannot be revoked"));
    var plain = Files.writeString(folder.resolve("plain.yml"), "version: 0.1\n").toString();
    assertTrue(tokens("list", plain).err().startsWith("this needs docker_auth's file"));
    assertEquals(2, tokens().exit());
  }
}
