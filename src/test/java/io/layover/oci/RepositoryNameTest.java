package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepositoryNameTest {
  @ParameterizedTest
  @MethodSource
  void takes(String text) {
    assertEquals(text, RepositoryName.parse(text).value());
    assertEquals(text, RepositoryName.parse(text).toString());
    assertTrue(RepositoryName.isValid(text));
  }

  static Stream<String> takes() {
    return Stream.of(
        "a",
        "0",
        "library/alpine",
        "a/b/c/d/e/f",
        "a.b",
        "a_b",
        "a__b",
        "a-b",
        "a--b",
        "a------b",
        "a.b_c__d-e--f",
        "ghcr.io/org/img",
        "blobs/uploads",
        "manifests/tags/list",
        "v2/blobs",
        "1.2.3",
        "a".repeat(255),
        "a/".repeat(127) + "a");
  }

  @ParameterizedTest
  @MethodSource
  void refuses(String text) {
    var refused = assertThrows(RegistryException.class, () -> RepositoryName.parse(text));

    assertEquals(ErrorCode.NAME_INVALID, refused.code());
    assertFalse(RepositoryName.isValid(text));
  }

  static Stream<String> refuses() {
    return Stream.of(
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "../etc",
        "a/../b",
        "a/./b",
        "A",
        "library/Alpine",
        ".a",
        "a.",
        "a..b",
        "_a",
        "_uploads",
        "a/_layers",
        "a_",
        "a___b",
        "-a",
        "a-",
        "a._b",
        "a-_b",
        "a.-b",
        "a/-b",
        "a/b-",
        "a b",
        "a\nb",
        "a\n",
        "a:b",
        "localhost:5000/a",
        "a@b",
        "a%2fb",
        "a\\b",
        "a\0",
        "\u00e4",
        "a".repeat(256),
        "a/".repeat(128));
  }

  /** Where a grammar like this one is matched carelessly, each of these takes for ever. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "a-", "a__", "a/", "-", "_", "/", "a.", "0a-"})
  void isQuickToRefuse(String repeated) {
    var within = repeated.repeat(254 / repeated.length()) + "!";
    var beyond = repeated.repeat(1_000_000) + "!";

    assertTimeoutPreemptively(
        Duration.ofSeconds(2),
        () -> {
          for (var i = 0; i < 1000; i++) {
            assertFalse(RepositoryName.isValid(within));
            assertFalse(RepositoryName.isValid(beyond));
          }
        });
  }

  @Test
  void comesInLexicalOrder() {
    var first = RepositoryName.parse("a");
    var second = RepositoryName.parse("a/b");

    assertTrue(first.compareTo(second) < 0);
    assertTrue(second.compareTo(first) > 0);
    assertEquals(0, first.compareTo(RepositoryName.parse("a")));
  }

  /** As the specification says it, over all short texts of what matters. */
  @Test
  void takesWhatTheSpecificationDoes() {
    var component = "[a-z0-9]+((\\.|_|__|-+)[a-z0-9]+)*";
    var form = Pattern.compile(component + "(/" + component + ")*");
    var letters = "az._-/A";
    var count = 0;
    for (var length = 0; length <= 6; length++) {
      for (var i = 0; i < Math.pow(letters.length(), length); i++) {
        var text = new StringBuilder();
        for (var rest = i; text.length() < length; rest /= letters.length()) {
          text.append(letters.charAt(rest % letters.length()));
        }
        var name = text.toString();
        assertEquals(form.matcher(name).matches(), RepositoryName.isValid(name), name);
        count++;
      }
    }
    assertEquals(137_257, count);
  }
}
