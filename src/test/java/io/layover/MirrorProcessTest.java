package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MirrorProcessTest {
  private static final Path FILE = Path.of("mirror.yml");

  @Test
  void listensWhereItSays() throws IOException {
    var program = List.of("sh", "-c", "echo $DEMO listens on $DEMO:123 as $2; exec sleep 60", "sh");
    try (var mirror = MirrorProcess.start(program, FILE, Map.of("DEMO", "127.0.0.1"))) {
      assertEquals(123, mirror.port());
    }
  }

  @Test
  void saysWhatAProgramSaidThatDoesNotListen() {
    var program = List.of("sh", "-c", "echo what is $1 $2; exit 1", "mirror");
    var thrown =
        assertThrows(IOException.class, () -> MirrorProcess.start(program, FILE, Map.of()));
    assertEquals("the mirror does not start: what is serve mirror.yml\n", thrown.getMessage());
  }
}
