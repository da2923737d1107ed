package io.layover.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import io.layover.parts.RealParts;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Thousands of patterns and texts, of which Go's own libraries and these must say the same. */
@RealParts("go")
class GoPatternsIT {
  private static final int CASES = 20_000;
  private static final long SEED = 20261123;

  private static final List<String> GLOB =
      List.of("a", "b", "/", "*", "?", "[", "]", "^", "-", "\\", "é");
  private static final List<String> REGEX =
      List.of(
          "a",
          "b",
          "/",
          ".",
          "*",
          "+",
          "?",
          "(",
          ")",
          "(?:",
          "(?i)",
          "[",
          "]",
          "[^",
          "-",
          "^",
          "$",
          "|",
          "\\d",
          "\\.",
          "\\b",
          "{2}",
          "{1,3}",
          "{0,}",
          "${a}",
          "é",
          "[[:alpha:]]",
          "\\pL");
  private static final List<String> TEXT = List.of("a", "b", "A", "/", "-", "1", ".", "é", "{a}");

  private final Random random = new Random(SEED);

  private record Case(String kind, String pattern, String text) {
    String line() {
      return kind + "\t" + pattern + "\t" + text;
    }
  }

  private String some(List<String> pieces, int most) {
    return random
        .ints(random.nextInt(most + 1), 0, pieces.size())
        .mapToObj(pieces::get)
        .collect(Collectors.joining());
  }

  private static List<String> askGo(List<Case> cases) {
    var input = cases.stream().map(Case::line).collect(Collectors.joining("\n", "", "\n"));
    var output = Command.of("go", "run", "src/test/resources/go/patterns.go").run(input).orFail();
    return List.of(output.split("\n", -1)).subList(0, cases.size());
  }

  private static String answer(Case c) {
    try {
      return switch (c.kind) {
        case "glob" -> String.valueOf(Glob.parse(c.pattern).matches(c.text));
        case "find" -> String.valueOf(Regex.parse(c.pattern).find(c.text));
        default -> {
          var groups = Regex.parse(c.pattern).groups(c.text);
          yield groups == null ? "" : String.join("\t", groups);
        }
      };
    } catch (IllegalArgumentException e) {
      return "malformed";
    }
  }

  private void compare(String kind, List<String> pieces, int most) {
    var cases =
        Stream.generate(() -> new Case(kind, some(pieces, most), some(TEXT, 8)))
            .limit(CASES)
            .toList();
    var expected = askGo(cases);

    var differ = new ArrayList<String>();
    for (var i = 0; i < CASES; i++) {
      var answer = answer(cases.get(i));
      if (!answer.equals(expected.get(i))) {
        differ.add(cases.get(i).line() + " -> " + answer + ", Go: " + expected.get(i));
      }
    }
    assertEquals(List.of(), differ);
    // Of each kind there were many, or nothing is shown.
    for (var kindOfAnswer : List.of("malformed", "true", "false")) {
      var count = expected.stream().filter(kindOfAnswer::equals).count();
      assertTrue(kind.equals("groups") || count > CASES / 50, kindOfAnswer + " " + count);
    }
  }

  @Test
  void globsMatchAsInGo() {
    compare("glob", GLOB, 6);
  }

  @Test
  void expressionsFindAsInGo() {
    compare("find", REGEX, 6);
  }

  @Test
  void groupsTakeWhatTheyTakeInGo() {
    compare("groups", REGEX, 8);
  }
}
