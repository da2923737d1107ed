package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.layover.auth.Account;
import io.layover.auth.Authorizer;
import io.layover.auth.Scope;
import io.layover.config.AuthFile;
import io.layover.config.AuthFileReader;
import io.layover.watch.FileWatch;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DockerAuthTest {
  private static final String START = "token: {issuer: i, expiration: 60}\n";

  @TempDir private Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final FileWatch watch = new FileWatch();

  @AfterEach
  void close() {
    watch.close();
    vertx.close().await();
  }

  private DockerAuth open(String yaml) throws IOException {
    return new DockerAuth(vertx, watch, write(yaml), AuthFileReader::embedded);
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(folder.resolve("auth.yml"), START + yaml);
  }

  private static Authorizer.@Nullable Decision decide(DockerAuth auth, String name) {
    return auth.authorizer()
        .authorize(
            new Authorizer.Request(
                Account.ANONYMOUS, Scope.of(Scope.REPOSITORY, name, "pull"), "s", "127.0.0.1"))
        .await();
  }

  private static @Nullable Account authenticate(DockerAuth auth, int which, String user) {
    return auth.authenticators().get(which).authenticate(user, "x").await();
  }

  @Test
  void namesTheRuleThatDecided() throws IOException {
    var yaml =
        """
        users: {}
        acl:
          - match: {name: a}
            actions: [pull]
            comment: Everybody may have a.
          - match: {name: b}
            actions: []
        """;
    try (var auth = open(yaml)) {
      var file = folder.resolve("auth.yml");

      assertEquals(
          new Authorizer.Decision(
              Set.of("pull"), "acl[0] at " + file + ":4:5 (Everybody may have a.)"),
          decide(auth, "a"));
      assertEquals(
          new Authorizer.Decision(Set.of(), "acl[1] at " + file + ":7:5"), decide(auth, "b"));
      assertNull(decide(auth, "c"));
    }
  }

  @Test
  void asksProgramsAfterTheFile() throws IOException {
    var yaml =
        """
        users: {alice: {}}
        acl: [{match: {name: a}, actions: [push]}]
        ext_auth: {command: /bin/sh, args: [-c, "grep -q '^bob ' || exit 2"]}
        ext_authz: {command: /bin/sh, args: [-c, exit 0]}
        """;
    try (var auth = open(yaml)) {
      assertEquals(new Account("alice", Map.of()), authenticate(auth, 0, "alice"));
      assertNull(authenticate(auth, 0, "bob"));
      assertEquals(new Account("bob", Map.of()), authenticate(auth, 1, "bob"));
      assertNull(authenticate(auth, 1, "eve"));

      // What the file decides is decided, also when nothing is granted.
      assertEquals(Set.of(), Objects.requireNonNull(decide(auth, "a")).actions());
      assertEquals(
          new Authorizer.Decision(Set.of("pull"), "ext_authz: /bin/sh ended with 0"),
          decide(auth, "b"));
    }
  }

  @Test
  void takesANewFileAndKeepsTheOldWhileTheNewIsBroken() throws Exception {
    try (var auth = open("users: {}\nacl: []\n")) {
      var changes = new LinkedBlockingQueue<AuthFile>();
      auth.onChange(changes::add);
      assertNull(decide(auth, "a"));
      assertNull(authenticate(auth, 0, "alice"));

      write("users: {alice: {}}\nacl: [{match: {name: a}, actions: [pull]}]\n");
      assertNotNull(changes.poll(30, TimeUnit.SECONDS));
      assertNotNull(decide(auth, "a"));
      assertNotNull(authenticate(auth, 0, "alice"));

      write("users: {}\nacl: [{match: {nam: a}, actions: [pull]}]\n");
      write("users: {}\nacl: [{match: {name: '/(/'}, actions: [pull]}]\n");
      assertNull(changes.poll(2, TimeUnit.SECONDS));
      assertNotNull(decide(auth, "a"));
      assertNotNull(authenticate(auth, 0, "alice"));

      write("users: {}\nacl: []\n");
      assertNotNull(changes.poll(30, TimeUnit.SECONDS));
      assertNull(decide(auth, "a"));
      assertNull(authenticate(auth, 0, "alice"));
      assertEquals(List.of(), auth.file().acl());
    }
  }
}
