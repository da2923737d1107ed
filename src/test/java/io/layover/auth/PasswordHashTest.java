package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import io.layover.parts.RealParts;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
  @ParameterizedTest
  @CsvSource({
    "sécret,  $2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG, false",
    "sécret,  $2a$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG, false",
    "sécret,  $2b$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG, false",
    "secret2, $apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1, true",
    "secret3, {SHA}QY7lFvHLCVxQ/y8Qp2GSiJwoHzo=, true",
  })
  void matchesItsPasswordAlone(String password, String text, boolean weak) {
    var hash = PasswordHash.htpasswd(text);
    assertTrue(hash.matches(password));
    assertFalse(hash.matches(password + "x"));
    assertFalse(hash.matches(""));
    assertEquals(weak, hash.isWeak());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "vGdkgBPF7Hxtc",
        "$2y$05$short",
        "$2y$03$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG",
        "$2x$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG",
        "$apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1x",
        "{SHA}QY7l",
      })
  void othersAreRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> PasswordHash.htpasswd(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"$apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1", "{SHA}QY7lFvHLCVxQ/y8Qp2GSiJwoHzo="})
  void weakOnesAreForHtpasswdAlone(String text) {
    assertThrows(IllegalArgumentException.class, () -> PasswordHash.bcrypt(text));
  }

  @Test
  void onlyTheFirst72BytesCount() {
    var longest = "é".repeat(36);
    var hash = PasswordHash.of(longest);
    assertTrue(hash.matches(longest));
    assertTrue(hash.matches(longest + "more"));
    assertThrows(IllegalArgumentException.class, () -> PasswordHash.of(longest + "x"));
  }

  @Test
  void doesNotShowItself() {
    assertFalse(PasswordHash.of("secret").toString().contains("$"));
  }

  @Test
  @RealParts("htpasswd")
  void htpasswdItselfTakesOne() throws Exception {
    var file = Files.createTempFile("layover", ".htpasswd");
    Files.writeString(file, "alice:" + PasswordHash.of("secret1").text() + "\n");
    Command.of("htpasswd", "-vb", file.toString(), "alice", "secret1").run().orFail();
    Command.of("htpasswd", "-vb", file.toString(), "alice", "secret2").run().expectFailure();
    Files.delete(file);
  }
}
