package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class DemoCommandTest {
  @Test
  void showsWhatAMirrorSaves() {
    var ran = Ran.of(new DemoCommand(), "--once");
    assertEquals(0, ran.exit(), ran.err());
    for (var line :
        new String[] {
          "cold .*1 HEAD, 1 manifest, 5 blobs +33[.]6 MB",
          "again .* 0 manifest, 0 blobs +0[.]0 MB",
          "upstream stopped .*nothing +0[.]0 MB",
          "Without the mirror: 60 counted pulls .*; with it: 1 and 33[.]6 MB",
        }) {
      assertTrue(Pattern.compile("(?m)^ *" + line).matcher(ran.out()).find(), ran.out());
    }
  }
}
