package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageNameTest {
  private static final Digest DIGEST = Digest.sha256("image");

  @ParameterizedTest
  @CsvSource({
    "alpine,               alpine,          latest",
    "alpine:3.20,          alpine,          3.20",
    "ghcr.io/org/app,      ghcr.io/org/app, latest",
    "ghcr.io/org/app:v1,   ghcr.io/org/app, v1",
  })
  void readsWhatPeopleWrite(String text, String name, String tag) {
    assertEquals(new ImageName(new RepositoryName(name), new Tag(tag)), ImageName.parse(text));
  }

  @Test
  void aDigestGoesBeforeATag() {
    var expected = new ImageName(new RepositoryName("org/app"), DIGEST);
    assertEquals(expected, ImageName.parse("org/app@" + DIGEST));
    assertEquals(expected, ImageName.parse("org/app:1@" + DIGEST));
  }

  @Test
  void isWrittenAsItIsRead() {
    assertEquals("alpine:latest", ImageName.parse("alpine").toString());
    assertEquals("org/app@" + DIGEST, ImageName.parse("org/app:1@" + DIGEST).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    ":1",
    "App",
    "app:",
    "app:a b",
    "app@sha256:0",
    "../etc/passwd",
    "host:5000/app",
    "https://a/b",
  })
  void refusesAnythingElse(String text) {
    assertThrows(RegistryException.class, () -> ImageName.parse(text));
  }
}
