package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.Authenticator.WrongPassword;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HtpasswdTest {
  private static final String ALICE =
      "alice:$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG\n";
  private static final String BOB = "bob:$apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1\n";

  @TempDir private Path folder;
  private Path file;

  @BeforeEach
  void setUp() {
    file = folder.resolve("htpasswd");
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
    assertThrows(IOException.class, () -> Htpasswd.open(file));
  }

  @Test
  void aBrokenFileLeavesTheOldOneInForce() throws IOException {
    var users = open(ALICE);
    Files.writeString(file, "nonsense");
    users.reload();
    assertEquals("alice", login(users, "alice", "sécret"));
    Files.write(file, new byte[] {'a', ':', (byte) 0xff, '\n'});
    users.reload();
    assertEquals("alice", login(users, "alice", "sécret"));
    Files.delete(file);
    users.reload();
    assertEquals("alice", login(users, "alice", "sécret"));
  }

  @Test
  void aChangedFileIsReadAgain() throws IOException {
    var users = open(ALICE);
    var before = users.entry("alice");
    var next = Files.writeString(folder.resolve("next"), BOB);
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    users.reload();
    assertEquals("unknown", login(users, "alice", "sécret"));
    assertEquals("bob", login(users, "bob", "secret2"));
    assertNotNull(before);
    assertNull(users.entry("alice"));
    assertNotEquals(before, users.entry("bob"));
  }

  @Test
  void aMissingFileIsMadeForItsOwnerAlone() throws IOException {
    file = folder.resolve("new/folder/htpasswd");
    var users = Htpasswd.open(file);
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
    return Htpasswd.open(file);
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
