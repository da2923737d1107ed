package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class AccessCaseTest {
  @TempDir private Path folder;

  static List<AccessCase> cases() {
    return AccessCase.all();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void grantsWhatDockerAuthGrants(AccessCase asked) throws IOException {
    var file = asked.read(folder);
    var decision = DockerAuth.rules(file).decide(asked.request(file));

    assertEquals(
        asked.granted(),
        decision == null ? Set.of() : new TreeSet<>(decision.actions()),
        () -> String.valueOf(decision));
  }
}
