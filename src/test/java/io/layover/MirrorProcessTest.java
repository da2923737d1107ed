package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.layover.parts.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  /** Nobody would look for a server that a failed build has left behind. */
  @Test
  void endsWithADemoThatFails(@TempDir Path directory) throws Exception {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var pid = directory.resolve("pid");
    // Nothing listens where it says.
    var mirror = "echo $$ >" + pid + "; echo listens on 127.0.0.1:1 as $2; exec sleep 600";
    Command.of(java, "-cp", System.getProperty("java.class.path"), "io.layover.Layover")
        .with("demo", "--", "sh", "-c", mirror, "mirror")
        .run()
        .expectFailure();
    var left = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()));
    if (left.isPresent()) {
      left.get().onExit().get(10, TimeUnit.SECONDS);
    }
  }
}
