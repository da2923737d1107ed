package io.layover.storage.filesystem;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class SortedNamesTest {
  private final List<String> stored = new ArrayList<>(List.of("d", "b", "f"));
  private int reads;
  private final SortedNames<String> names =
      new SortedNames<>(
          key -> {
            reads++;
            return stored;
          },
          Comparator.naturalOrder());

  @Test
  void pagesFollowEachOther() throws IOException {
    assertEquals(List.of("b", "d"), names.after("k", null, 2));
    assertEquals(List.of("f"), names.after("k", "d", 2));
    assertEquals(List.of("d", "f"), names.after("k", "c", 9));
    assertEquals(List.of("b"), names.after("k", "a", 1));
    assertEquals(List.of(), names.after("k", "f", 2));
    assertEquals(List.of(), names.after("k", "z", 2));
    assertEquals(List.of(), names.after("k", null, 0));
    assertEquals(1, reads);
  }

  @Test
  void aChangeBeforeTheFirstPageIsReadWithIt() throws IOException {
    names.change("k", there -> stored.add("a"));
    assertEquals(List.of("a", "b", "d", "f"), names.after("k", null, 9));
    assertEquals(1, reads);
  }

  @Test
  void whateverIsAddedAndRemovedStaysSorted() throws IOException {
    var expected = new TreeSet<>(names.after("k", null, 9));
    var random = new SplittableRandom(1);
    for (var i = 0; i < 20_000; i++) {
      var name = Integer.toString(random.nextInt(2000));
      // It grows, and then it shrinks to nothing.
      var add = random.nextInt(20_000) > i;
      names.change(
          "k",
          there -> {
            if (add) {
              there.add(name);
            } else {
              there.remove(name);
            }
          });
      if (add) {
        expected.add(name);
      } else {
        expected.remove(name);
      }
      if (i % 1000 == 0) {
        assertEquals(List.copyOf(expected), names.after("k", null, 9999));
        assertEquals(
            expected.tailSet("15", false).stream().limit(100).toList(),
            names.after("k", "15", 100));
      }
    }
    for (var name : List.copyOf(expected)) {
      names.change("k", there -> there.remove(name));
    }
    assertEquals(List.of(), names.after("k", null, 9));
    names.change("k", there -> there.remove("x"));
    names.change("k", there -> there.add("x"));
    assertEquals(List.of("x"), names.after("k", null, 9));
  }

  @Test
  void aListTooLongToKeepIsReadForEveryPage() throws IOException {
    stored.clear();
    for (var i = 0; i < 800_000; i++) {
      stored.add("name-%08d".formatted(i));
    }
    for (var page = 1; page <= 2; page++) {
      assertEquals(List.of("name-00000000"), names.after("k", null, 1));
    }
    assertEquals(2, reads);
  }
}
