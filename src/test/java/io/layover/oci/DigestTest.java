package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DigestTest {
  /** NIST's example for SHA-256. */
  private static final String ABC =
      "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @ParameterizedTest
  @MethodSource
  void takes(String text) {
    var digest = Digest.parse(text);

    assertEquals(text, digest.toString());
    assertEquals(text, digest.algorithm() + ":" + digest.hex());
    assertEquals(digest, Digest.parse(text));
  }

  static Stream<String> takes() {
    return Stream.of(ABC, "sha256:" + "0".repeat(64), "sha512:" + "f".repeat(128));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource
  void refuses(String why, String text) {
    var refused = assertThrows(RegistryException.class, () -> Digest.parse(text));

    assertEquals(ErrorCode.DIGEST_INVALID, refused.code());
    assertTrue(String.valueOf(refused.detail()).length() <= 257, "the detail is cut");
  }

  static Stream<Arguments> refuses() {
    var hex = "a".repeat(64);
    return Stream.of(
        Arguments.of("empty", ""),
        Arguments.of("no algorithm", hex),
        Arguments.of("no hash", "sha256:"),
        Arguments.of("one digit less", "sha256:" + hex.substring(1)),
        Arguments.of("one digit more", "sha256:" + hex + "a"),
        Arguments.of("upper case", "sha256:" + hex.replace('a', 'A')),
        Arguments.of("upper-case algorithm", "SHA256:" + hex),
        Arguments.of("no hexadecimal digits", "sha256:" + "g".repeat(64)),
        Arguments.of("the length of the other algorithm", "sha512:" + hex),
        Arguments.of("the length of the other algorithm", "sha256:" + hex + hex),
        Arguments.of("an algorithm that is not checked", "sha384:" + "a".repeat(96)),
        Arguments.of("a weak algorithm", "md5:" + "a".repeat(32)),
        Arguments.of("a space", " sha256:" + hex),
        Arguments.of("a line's end", "sha256:" + hex + "\n"),
        Arguments.of("a path", "sha256:../../" + hex.substring(6)),
        Arguments.of("digits of another script", "sha256:" + "\u0661".repeat(64)),
        Arguments.of("very long", "sha256:" + "a".repeat(1_000_000)));
  }

  @Test
  void hashes() {
    assertEquals(ABC, Digest.sha256("abc").toString());
    assertEquals(ABC, Digest.sha256("abc".getBytes(StandardCharsets.UTF_8)).toString());
    var hasher = Digest.parse(ABC).hasher();
    assertEquals(
        ABC, Digest.of("sha256", hasher.digest("abc".getBytes(StandardCharsets.UTF_8))).toString());
    assertEquals("SHA-512", Digest.hasher("sha512").getAlgorithm());
  }

  @ParameterizedTest
  @ValueSource(strings = {"md5", "sha384", "", "SHA-256"})
  void hashesWithWhatItCanCheckOnly(String algorithm) {
    var refused = assertThrows(RegistryException.class, () -> Digest.hasher(algorithm));
    assertEquals(ErrorCode.DIGEST_INVALID, refused.code());
  }
}
