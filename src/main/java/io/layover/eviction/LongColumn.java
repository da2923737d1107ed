package io.layover.eviction;

import java.util.Arrays;

/** The same as {@link IntColumn} for larger numbers. */
final class LongColumn {
  private static final int BITS = 13;
  private static final int MASK = (1 << BITS) - 1;

  private long[][] pages = new long[8][];
  private int count;

  long get(int slot) {
    return pages[slot >>> BITS][slot & MASK];
  }

  void set(int slot, long value) {
    pages[slot >>> BITS][slot & MASK] = value;
  }

  /** Makes room for the slots below {@code end}; what was never set is 0. */
  void reach(int end) {
    while (count << BITS < end) {
      if (count == pages.length) {
        pages = Arrays.copyOf(pages, 2 * count);
      }
      pages[count++] = new long[1 << BITS];
    }
  }

  long bytes() {
    return (long) count << (BITS + 3);
  }
}
