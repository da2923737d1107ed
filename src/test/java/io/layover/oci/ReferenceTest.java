package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a manifest is asked for by: {@link Tag} or {@link Digest}. */
class ReferenceTest {
  @ParameterizedTest
  @MethodSource
  void takesTags(String text) {
    assertEquals(text, assertInstanceOf(Tag.class, Reference.parse(text)).value());
    assertEquals(text, Tag.parse(text).toString());
    assertTrue(Tag.isValid(text));
  }

  static Stream<String> takesTags() {
    return Stream.of(
        "latest",
        "3.20",
        "_",
        "A",
        "0",
        "a-",
        "a.",
        "a..b",
        "V1.0_rc-2",
        "sha256",
        "a".repeat(128));
  }

  @ParameterizedTest
  @MethodSource
  void refuses(String text, ErrorCode code) {
    var refused = assertThrows(RegistryException.class, () -> Reference.parse(text));

    assertEquals(code, refused.code());
    assertFalse(Tag.isValid(text));
  }

  static Stream<Arguments> refuses() {
    return Stream.of(
        Arguments.of("", ErrorCode.TAG_INVALID),
        Arguments.of(".", ErrorCode.TAG_INVALID),
        Arguments.of("..", ErrorCode.TAG_INVALID),
        Arguments.of("-a", ErrorCode.TAG_INVALID),
        Arguments.of(".a", ErrorCode.TAG_INVALID),
        Arguments.of("a/b", ErrorCode.TAG_INVALID),
        Arguments.of("a b", ErrorCode.TAG_INVALID),
        Arguments.of("a\n", ErrorCode.TAG_INVALID),
        Arguments.of("a+b", ErrorCode.TAG_INVALID),
        Arguments.of("a@b", ErrorCode.TAG_INVALID),
        Arguments.of("\u00e4", ErrorCode.TAG_INVALID),
        Arguments.of("a".repeat(129), ErrorCode.TAG_INVALID),
        Arguments.of(":", ErrorCode.DIGEST_INVALID),
        Arguments.of("a:b", ErrorCode.DIGEST_INVALID),
        Arguments.of("sha256:bad", ErrorCode.DIGEST_INVALID),
        Arguments.of("latest:", ErrorCode.DIGEST_INVALID));
  }

  @Test
  void takesWhatHasAColonForADigest() {
    var digest = Digest.sha256("abc");
    assertEquals(digest, Reference.parse(digest.toString()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", ".", "-"})
  void tagsComeInLexicalOrder(String text) {
    assertTrue(Tag.parse("1" + text).compareTo(Tag.parse("2" + text)) < 0);
    assertEquals(0, Tag.parse("1" + text).compareTo(Tag.parse("1" + text)));
  }
}
