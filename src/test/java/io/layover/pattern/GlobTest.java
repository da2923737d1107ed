package io.layover.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {
  @ParameterizedTest(name = "{0} {1} -> {2}")
  @CsvSource(
      quoteCharacter = '`',
      textBlock =
"""
``,        ``,          true
``,        a,           false
abc,       abc,         true
abc,       abcd,        false
*,         ``,          true
*,         abc,         true
*,         a/b,         false
*c,        abc,         true
a*,        a,           true
a*,        ab/c,        false
a*/b,      abc/b,       true
a*/b,      a/c/b,       false
a*b*c*d,   axbxcxxxd,   true
a*b*c*d,   axbxcxxx/d,  false
a*b?c*x,   abxbbxdbxebxczzx, true
a*b?c*x,   abxbbxdbxebxczzy, false
library/*, library/a,   true
library/*, library/a/b, false
*/*,       a/b,         true
**,        a/b,         false
?,         a,           true
?,         ``,          false
?,         /,           false
a?b,       a☺b,         true
ab[c],     abc,         true
ab[b-d],   abc,         true
ab[e-g],   abc,         false
ab[^c],    abc,         false
ab[^e-g],  abc,         true
a[^a],     a☺,          true
a[^a][^a][^a]b, a☺b,    false
[a-ζ]*,    α,           true
*[a-ζ],    A,           false
[/],       /,           true
a[^b]c,    a/c,         true
[*],       *,           true
[*],       a,           false
[\\]a],    ],           true
[\\-],     -,           true
[x\\-],    -,           true
[\\-x],    x,           true
[!a],      !,           true
[!a],      b,           false
\\*,       *,           true
\\*,       a,           false
\\a,       a,           true
a\\.b,     a.b,         true
a.b,       a.b,         true
a.b,       axb,         false
[a]],      a],          true
𐐷?,        𐐷𐐷,          true
""")
  void matchesAsInGo(String pattern, String text, boolean expected) {
    assertEquals(expected, Glob.parse(pattern).matches(text));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
"""
[,       has a class that is not closed
a[,      has a class that is not closed
[a,      has a class that is not closed
[^,      has a class that is not closed
[^bc,    has a class that is not closed
[a-,     has a class that is not closed
[\\,     has a class that is not closed
[],      has a class with a misplaced ]
[]a],    has a class with a misplaced ]
[-],     has a class with a misplaced -
[x-],    has a class with a misplaced ]
[-x],    has a class with a misplaced -
[a-b-c], has a class with a misplaced -
a\\,     ends in a backslash
""")
  void malformedIsTold(String pattern, String problem) {
    var e = assertThrows(IllegalArgumentException.class, () -> Glob.parse(pattern));
    assertEquals(problem, e.getMessage());
  }

  @Test
  void starsDoNotExplode() {
    var glob = Glob.parse("*a".repeat(500) + "b");

    assertFalse(
        assertTimeoutPreemptively(Duration.ofSeconds(30), () -> glob.matches("a".repeat(5_000))));
  }
}
