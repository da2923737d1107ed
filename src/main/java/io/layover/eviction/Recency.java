package io.layover.eviction;

/**
 * Lists of slots, from the oldest to the newest. Each is a circle through a slot of its own, the
 * first ones, so that a slot leaves its list without anybody knowing which it is.
 */
final class Recency {
  static final int NONE = -1;

  private final int lists;
  private final IntColumn newer = new IntColumn();
  private final IntColumn older = new IntColumn();

  /**
   * @param lists how many there are; members are the slots from this one on
   */
  Recency(int lists) {
    this.lists = lists;
    reach(lists);
    for (var list = 0; list < lists; list++) {
      newer.set(list, list);
      older.set(list, list);
    }
  }

  void reach(int end) {
    newer.reach(end);
    older.reach(end);
  }

  int lists() {
    return lists;
  }

  /** Makes a slot one that is in no list. */
  void clear(int slot) {
    newer.set(slot, NONE);
  }

  boolean isListed(int slot) {
    return newer.get(slot) != NONE;
  }

  /** Puts a slot that is in no list at the new end of one. */
  void push(int list, int slot) {
    var newest = older.get(list);
    newer.set(slot, list);
    older.set(slot, newest);
    newer.set(newest, slot);
    older.set(list, slot);
  }

  /** Takes a slot out of its list, if it is in one. */
  void remove(int slot) {
    if (isListed(slot)) {
      older.set(newer.get(slot), older.get(slot));
      newer.set(older.get(slot), newer.get(slot));
      clear(slot);
    }
  }

  int oldest(int list) {
    var slot = newer.get(list);
    return slot == list ? NONE : slot;
  }

  long bytes() {
    return newer.bytes() + older.bytes();
  }
}
