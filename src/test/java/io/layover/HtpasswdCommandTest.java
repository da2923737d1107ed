package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.auth.PasswordHash;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class HtpasswdCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsALineForThePasswordThatItReads() {
    assertEquals(0, run("alice", "sécret 1\n"));
    assertTrue(out.toString().startsWith("alice:$2y$10$"), out::toString);
    assertTrue(PasswordHash.bcrypt(out.toString().strip().substring(6)).matches("sécret 1"));
  }

  @Test
  void refusesPasswordsThatItCannotKeep() {
    assertEquals(1, run("alice", ""));
    assertEquals(1, run("alice", "\n"));
    assertEquals(1, run("alice", "x".repeat(73)));
    assertTrue(err.toString().contains("72 bytes"), err::toString);
    assertEquals("", out.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a:b", "#a", "a\nb", " a"})
  void refusesNamesThatAFileCannotKeep(String user) {
    assertEquals(1, run(user, "secret1"));
    assertEquals("", out.toString());
  }

  private int run(String user, String input) {
    var before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return new CommandLine(new HtpasswdCommand())
          .setOut(new PrintWriter(out, true))
          .setErr(new PrintWriter(err, true))
          .execute(user);
    } finally {
      System.setIn(before);
    }
  }
}
