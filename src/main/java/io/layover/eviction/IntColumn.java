package io.layover.eviction;

import java.util.Arrays;

/** Numbers by slot. A column grows by pages, so that nothing is copied and nobody waits for it. */
final class IntColumn {
  private static final int BITS = 14;
  private static final int MASK = (1 << BITS) - 1;

  private int[][] pages = new int[8][];
  private int count;

  int get(int slot) {
    return pages[slot >>> BITS][slot & MASK];
  }

  void set(int slot, int value) {
    pages[slot >>> BITS][slot & MASK] = value;
  }

  void add(int slot, int change) {
    pages[slot >>> BITS][slot & MASK] += change;
  }

  /** Makes room for the slots below {@code end}; what was never set is 0. */
  void reach(int end) {
    while (count << BITS < end) {
      if (count == pages.length) {
        pages = Arrays.copyOf(pages, 2 * count);
      }
      pages[count++] = new int[1 << BITS];
    }
  }

  long bytes() {
    return (long) count << (BITS + 2);
  }
}
