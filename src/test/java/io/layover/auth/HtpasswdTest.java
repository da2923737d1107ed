package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.Authenticator.WrongPassword;
import io.layover.watch.FileWatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HtpasswdTest {
  private static final String ALICE =
      "alice:$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG\n";
  private static final String BOB = "bob:$apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1\n";

  private final FileWatch watch = new FileWatch();

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void setUp() {
    file = folder.resolve("htpasswd");
  }

  @AfterEach
  void tearDown() {
    watch.close();
  }

  @Test
  void knowsItsUsers() throws IOException {
    var users = open("# the team\n\n  " + ALICE + BOB);
    assertEquals("alice", login(users, "alice", "sécret"));
    assertEquals("bob", login(users, "bob", "secret2"));
    assertEquals("wrong", login(users, "alice", "secret2"));
    assertEquals("unknown", login(users, "# the team", ""));
    assertEquals("unknown", login(users, "", ""));
  }

  @Test
  void aHashOfAnotherSchemeNeverMatches() throws IOException {
    var users = open("dave:vGdkgBPF7Hxtc\ncarl:\n" + ALICE);
    assertEquals("unknown", login(users, "dave", "secret4"));
    assertEquals("unknown", login(users, "carl", ""));
    assertEquals("alice", login(users, "alice", "sécret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"alice\n", ":hash\n", "alice:$2y$\nnonsense\n"})
  void aBrokenFileIsRefused(String text) throws IOException {
    Files.writeString(file, text);
    assertThrows(IOException.class, () -> Htpasswd.open(watch, file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense\n", "bob:\u00ff\n"})
  void aBrokenFileLeavesTheOldOneInForce(String broken) throws IOException {
    var users = open(ALICE);
    Files.writeString(file, broken, StandardCharsets.ISO_8859_1);
    // What comes after it is read: the broken one was passed over.
    var other = Htpasswd.open(watch, Files.writeString(folder.resolve("other"), ALICE));
    Files.writeString(folder.resolve("other"), BOB);
    awaitUser(other, "bob");
    assertEquals("alice", login(users, "alice", "sécret"));
    Files.writeString(file, BOB);
    awaitUser(users, "bob");
    assertEquals("unknown", login(users, "alice", "sécret"));
  }

  @Test
  void aChangedFileIsReadAgain() throws IOException {
    var users = open(ALICE);
    var before = users.entry("alice");
    var next = Files.writeString(folder.resolve("next"), BOB);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    awaitUser(users, "bob");
    assertEquals("unknown", login(users, "alice", "sécret"));
    assertEquals("bob", login(users, "bob", "secret2"));
    assertNotNull(before);
    assertNull(users.entry("alice"));
  }

  @Test
  void aMissingFileIsMadeForItsOwnerAlone() throws IOException {
    file = folder.resolve("new/folder/htpasswd");
    var users = Htpasswd.open(watch, file);
    assertNotNull(users.entry("docker"));
    assertEquals("wrong", login(users, "docker", ""));
    assertTrue(Files.readString(file).startsWith("docker:$2y$"));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void unknownUsersCostWhatStrongOnesDo() throws IOException {
    assertEquals(PasswordHash.htpasswd(ALICE.strip().substring(6)), open(BOB + ALICE).decoy());
    assertEquals(PasswordHash.htpasswd(BOB.strip().substring(4)), open(BOB).decoy());
    assertNull(open("").decoy());
  }

  private Htpasswd open(String text) throws IOException {
    Files.writeString(file, text);
    return Htpasswd.open(watch, file);
  }

  private static void awaitUser(Htpasswd users, String user) {
    var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (users.entry(user) == null) {
      assertTrue(System.nanoTime() < end, "the change was not noticed");
      LockSupport.parkNanos(10_000_000);
    }
  }

  /** The account's name, or why there is none. */
  private static String login(Htpasswd users, String user, String password) {
    var answer = users.authenticate(user, password);
    if (answer.failed()) {
      assertInstanceOf(WrongPassword.class, answer.cause());
      return "wrong";
    }
    return answer.result() == null ? "unknown" : answer.result().name();
  }
}
