package io.layover.eviction;

/** Gives out slots: those that came back first, then new ones. */
final class Free {
  private final IntColumn returned = new IntColumn();
  private int count;
  private int end;

  Free(int first) {
    end = first;
  }

  int take() {
    return count > 0 ? returned.get(--count) : end++;
  }

  void give(int slot) {
    returned.reach(count + 1);
    returned.set(count++, slot);
  }

  /** All slots ever given out are below this. */
  int end() {
    return end;
  }

  long bytes() {
    return returned.bytes();
  }
}
