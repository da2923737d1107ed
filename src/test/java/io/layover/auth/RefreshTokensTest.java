package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.RefreshTokens.Login;
import io.layover.watch.FileWatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefreshTokensTest {
  private static final Account ALICE = new Account("alice", Map.of("team", List.of("a")));
  private static final Account BOB = new Account("bob", Map.of());
  private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

  private final Vertx vertx = Vertx.vertx();
  private final FileWatch watch = new FileWatch();
  private final Map<String, Authenticator.Entry> entries = new ConcurrentHashMap<>();
  private final Passwords passwords =
      new Passwords(
          vertx,
          List.of(
              new Authenticator() {
                @Override
                public Future<@Nullable Account> authenticate(String user, String password) {
                  return Future.succeededFuture(null);
                }

                @Override
                public @Nullable Entry entry(String user) {
                  return entries.get(user);
                }
              }),
          new SimpleMeterRegistry());

  @TempDir private Path folder;
  private RefreshTokens tokens;

  @BeforeEach
  void setUp() throws IOException {
    entries.put("alice", new Authenticator.Entry(ALICE, "version 1"));
    entries.put("bob", new Authenticator.Entry(BOB, "version 1"));
    tokens = kept();
  }

  @AfterEach
  void tearDown() {
    watch.close();
    vertx.close().await();
  }

  @Test
  void standsForItsUserAsOftenAsItIsUsed() throws IOException {
    var refresh = issue(ALICE);
    for (var i = 0; i < 3; i++) {
      assertEquals(new Login(refresh.id(), ALICE), tokens.login(refresh.token(), "registry"));
    }
    assertNull(tokens.login(refresh.token(), "another"));
    assertNotNull(kept().login(refresh.token(), "registry"), "it outlives the server");
    assertFalse(refresh.token().contains("alice"));
  }

  @Test
  void goesWithThePasswordAndTheUser() {
    var refresh = issue(ALICE);
    var labelled = new Account("alice", Map.of("team", List.of("b")));
    entries.put("alice", new Authenticator.Entry(labelled, "version 1"));
    assertEquals(new Login(refresh.id(), labelled), tokens.login(refresh.token(), "registry"));
    entries.put("alice", new Authenticator.Entry(ALICE, "version 2"));
    assertNull(tokens.login(refresh.token(), "registry"));
    entries.put("alice", new Authenticator.Entry(ALICE, "version 1"));
    assertNotNull(tokens.login(refresh.token(), "registry"));
    entries.remove("alice");
    assertNull(tokens.login(refresh.token(), "registry"));
  }

  @Test
  void isNotForUsersWhoseEndNobodyWouldNotice() {
    assertNull(tokens.issue(new Account("of a program", Map.of()), "registry", null).await());
    assertNull(tokens.issue(Account.ANONYMOUS, "registry", null).await());
  }

  @Test
  void isRevokedByALineOfAFile() throws IOException {
    var first = issue(ALICE);
    var second = issue(ALICE);
    var other = issue(BOB);
    revoke("# lost with a laptop\ntoken " + first.id() + "\n");
    awaitRefused(first.token());
    assertNotNull(tokens.login(second.token(), "registry"));
    revoke("user " + NOW.getEpochSecond() + " alice\n");
    awaitRefused(second.token());
    assertNotNull(tokens.login(other.token(), "registry"));
    assertNull(kept().login(second.token(), "registry"));
    // What was given out later counts.
    revoke("user " + (NOW.getEpochSecond() - 1) + " alice\n");
    awaitAccepted(second.token());
  }

  @Test
  void aBrokenListRevokesWhatItDidBefore() throws IOException {
    var refresh = issue(ALICE);
    revoke("token " + refresh.id() + "\n");
    awaitRefused(refresh.token());
    revoke("tokens all\n");
    var other = issue(BOB);
    assertNull(tokens.login(refresh.token(), "registry"));
    assertNotNull(tokens.login(other.token(), "registry"));
    assertThrows(IOException.class, this::kept);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a.b", "..", "???.???"})
  void nonsenseIsRefused(String token) {
    assertNull(tokens.login(token, "registry"));
  }

  @Test
  void aForgedOneIsRefused() throws IOException {
    var token = issue(ALICE).token();
    var dot = token.indexOf('.');
    assertNull(tokens.login(token.substring(0, dot), "registry"));
    assertNull(tokens.login(token + "x", "registry"));
    assertNull(tokens.login("x" + token, "registry"));
    assertNull(tokens.login(token.substring(0, dot + 1), "registry"));
    assertNull(tokens.login("x".repeat(10_000) + "." + "y", "registry"));
    Files.delete(folder.resolve("refresh.key"));
    assertNull(kept().login(token, "registry"), "another secret signs others");
  }

  @Test
  void withoutADirectoryItsSecretFollowsFromTheKey() {
    var key = SigningKey.generate();
    var one = RefreshTokens.of(key, passwords, InstantSource.fixed(NOW));
    var same = RefreshTokens.of(key, passwords, InstantSource.fixed(NOW));
    var other = RefreshTokens.of(SigningKey.generate(), passwords, InstantSource.fixed(NOW));
    var refresh = one.issue(ALICE, "registry", null).await();
    assertNotNull(refresh);
    assertNotNull(same.login(refresh.token(), "registry"));
    assertNull(other.login(refresh.token(), "registry"));
  }

  @Test
  void theLatestAreNoted() throws IOException {
    var state = new StateDirectory(folder);
    assertEquals(List.of(), IssuedTokens.read(state));
    var first = issue(ALICE);
    var second = issue(BOB);
    var entries = IssuedTokens.read(state);
    assertEquals(
        List.of(
            new IssuedTokens.Entry(first.id(), "alice", "registry", NOW, "127.0.0.1"),
            new IssuedTokens.Entry(second.id(), "bob", "registry", NOW, "127.0.0.1")),
        entries);
    Revocations.revokeToken(state, first.id());
    Revocations.revokeUser(state, "carol", NOW);
    var revoked = Revocations.of(state);
    assertEquals(List.of(true, false), entries.stream().map(revoked::hold).toList());
    awaitRefused(first.token());
    Revocations.revokeUser(state, "bob", NOW);
    awaitRefused(second.token());
    for (var wrong : List.of("", "a b", "a\nuser 9 bob")) {
      assertThrows(IOException.class, () -> Revocations.revokeToken(state, wrong));
    }
    assertThrows(IOException.class, () -> Revocations.revokeUser(state, "a\nb", NOW));
  }

  @Test
  void notedAreNoMoreThanFitIntoTwoFiles() throws IOException {
    var state = new StateDirectory(folder);
    issue(ALICE);
    Files.writeString(folder.resolve("issued"), "cut off\n" + "x".repeat(1 << 20) + "\n");
    issue(BOB);
    issue(ALICE);
    issue(BOB);
    assertEquals(
        List.of("bob", "alice", "bob"),
        IssuedTokens.read(state).stream().map(IssuedTokens.Entry::user).toList());
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("issued"))));
  }

  private RefreshTokens kept() throws IOException {
    return RefreshTokens.kept(
        vertx, new StateDirectory(folder), watch, passwords, InstantSource.fixed(NOW));
  }

  private RefreshTokens.Refresh issue(Account account) {
    var refresh = tokens.issue(account, "registry", "127.0.0.1").await();
    assertNotNull(refresh);
    return refresh;
  }

  private void revoke(String text) throws IOException {
    Files.writeString(folder.resolve("revoked"), text);
  }

  private void awaitRefused(String token) {
    awaitLogin(token, false);
  }

  private void awaitAccepted(String token) {
    awaitLogin(token, true);
  }

  private void awaitLogin(String token, boolean good) {
    var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while ((tokens.login(token, "registry") != null) != good) {
      assertTrue(System.nanoTime() < end, "the change was not noticed");
      LockSupport.parkNanos(10_000_000);
    }
  }
}
