package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChallengeTest {
  private static String read(String... headers) {
    return Challenge.parse(List.of(headers)).stream()
        .map(
            c ->
                c.scheme()
                    + c.parameters().entrySet().stream()
                        .sorted(java.util.Map.Entry.comparingByKey())
                        .map(e -> " " + e.getKey() + "=" + e.getValue())
                        .collect(Collectors.joining()))
        .collect(Collectors.joining("; "));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "Bearer realm=\"https://a/t\",service=\"s\" | bearer realm=https://a/t service=s",
        "Bearer realm=https://a/t,service=gcr.io | bearer realm=https://a/t service=gcr.io",
        "bEaReR ReAlM=\"https://a/t\" | bearer realm=https://a/t",
        "Bearer  realm = \"x\" , service = \"y\" | bearer realm=x service=y",
        "Bearer realm=\"x\" service=\"y\" | bearer realm=x service=y",
        "Bearer realm=\"a \\\"b\\\", c\" | bearer realm=a \"b\", c",
        "Bearer realm=\"x\",scope=\"repository:a/b:pull,push\" | bearer realm=x"
            + " scope=repository:a/b:pull,push",
        "Bearer realm=\"x\",scope=repository:a/b:pull | bearer realm=x scope=repository:a/b:pull",
        "Bearer realm=\"x\",error=\"insufficient_scope\" | bearer error=insufficient_scope realm=x",
        "Bearer realm=\"x\",realm=\"y\" | bearer realm=x",
        "Bearer realm=\"\" | bearer realm=",
        "Bearer | bearer",
        "Negotiate | negotiate",
        "Basic realm=\"x\" | basic realm=x",
        "Basic realm=\"x\", Bearer realm=\"y\" | basic realm=x; bearer realm=y",
        "Negotiate, Basic realm=\"x\" | negotiate; basic realm=x",
        "Bearer realm=\"x\",, service=\"y\" | bearer realm=x service=y",
        "Bearer realm=\"x\", | bearer realm=x",
        "Bearer realm=\"x | bearer",
        "Bearer realm= | bearer",
        ", Bearer realm=x | bearer realm=x",
      })
  void reads(String header, String expected) {
    assertEquals(expected, read(header));
  }

  @Test
  void readsSeveralHeaders() {
    assertEquals("negotiate; bearer realm=x", read("Negotiate", "Bearer realm=\"x\""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\"", "=", "Bearer =x", "@@@", "Bearer realm=\"\\", "a=b=c=d"})
  void takesAnything(String header) {
    assertTimeoutPreemptively(Duration.ofSeconds(5), () -> read(header));
  }

  @Test
  void isNotSlowedByLongHeaders() {
    for (var piece : List.of("a", "a=", "a,", "a=\"\\\"", "Bearer ", " ", ",", "\\")) {
      assertTimeoutPreemptively(Duration.ofSeconds(5), () -> read(piece.repeat(30_000)));
    }
  }
}
