package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.layover.auth.Authenticator.WrongPassword;
import io.layover.auth.Users.User;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsersTest {
  /** Those of docker_auth's reference: {@code badmin} and {@code 123}. */
  private static final String BADMIN =
      "$2y$05$LO.vzwpWC5LZGqThvEfznu8qhb5SGqvBSWY1J3yZ4AxtMRZ3kN5jC";

  private static final String NUMBERS =
      "$2y$05$WuwBasGDAgr.QCbGIjKJaep4dhxeai9gNZdmBnQXqpKly57oNutya";

  private static final Map<String, List<String>> LABELS = Map.of("team", List.of("blue", "red"));

  private final Users users =
      new Users(
          Map.of(
              "admin", new User(BADMIN, Map.of()),
              "test", new User(NUMBERS, LABELS),
              "open", new User(null, LABELS),
              "empty", new User("", Map.of()),
              "plain", new User("secret", Map.of()),
              "", new User(null, Map.of())));

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
admin, badmin
test,  123
open,  anything
open,  ``
``,    ``
``,    anything
""")
  void letsIn(String user, String password) {
    var account = users.authenticate(user, password).result();

    assertNotNull(account);
    assertEquals(user, account.name());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
admin, Badmin
admin, ``
admin, 123
admin, badmin1
empty, ``
empty, x
plain, secret
plain, ``
""")
  void keepsOut(String user, String password) {
    var failure = users.authenticate(user, password).cause();

    assertInstanceOf(WrongPassword.class, failure);
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "Admin", "admin ", "open\u0000"})
  void doesNotKnowOthers(String user) {
    assertNull(users.authenticate(user, "badmin").result());
    assertNull(users.entry(user));
    assertNull(users.account(user));
  }

  @Test
  void accountHasLabels() {
    assertEquals(new Account("test", LABELS), users.account("test"));
    assertEquals(new Account("open", LABELS), users.authenticate("open", "x").result());
  }

  @Test
  void versionChangesWithThePassword() {
    var version = version(users);

    assertEquals(version, version(new Users(Map.of("test", new User(NUMBERS, LABELS)))));
    assertNotEquals(version, version(new Users(Map.of("test", new User(BADMIN, LABELS)))));
    assertNotEquals(version, version(new Users(Map.of("test", new User(null, LABELS)))));
  }

  private static @Nullable String version(Users users) {
    var entry = users.entry("test");
    return entry == null ? null : entry.version();
  }

  @Test
  void decoyIsOneOfTheHashes() {
    var decoy = users.decoy();
    assertNotNull(decoy);
    assertEquals("$2y$05$", decoy.text().substring(0, 7));
    assertNull(new Users(Map.of("open", new User(null, Map.of()))).decoy());
  }
}
