package io.layover;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.parts.RealDockerAuth;
import io.layover.parts.RealParts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Asks docker_auth itself what the cases say that it grants. */
@RealParts("auth_server")
class AccessCaseIT {
  static List<Path> files() {
    return AccessCase.files();
  }

  @ParameterizedTest
  @MethodSource("files")
  void casesAreWhatDockerAuthGrants(Path rules) throws IOException {
    try (var server = RealDockerAuth.start(Files.readString(rules))) {
      assertAll(
          AccessCase.of(rules).stream()
              .map(
                  asked ->
                      () ->
                          assertEquals(
                              asked.granted(),
                              server.granted(
                                  asked.user(), asked.address(), asked.service(), asked.scope()),
                              asked.toString())));
    }
  }
}
