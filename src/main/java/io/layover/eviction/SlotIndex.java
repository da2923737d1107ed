package io.layover.eviction;

import java.security.SecureRandom;
import java.util.function.IntToLongFunction;

/**
 * Finds slots by the hash of their keys (linear hashing: Litwin, 1980). It grows by one bucket with
 * each slot, so that no addition ever waits until all others have found a new place.
 */
final class SlotIndex {
  static final int NONE = -1;

  /** Buckets at the start; a power of two, as at the start of each round. */
  private static final int FEWEST = 1024;

  private static final long SEED = new SecureRandom().nextLong() | 1;

  private final IntToLongFunction hashOf;

  /** The first slot of each bucket, and the next one of each slot; plus 1, so that 0 is none. */
  private final IntColumn first = new IntColumn();

  private final IntColumn next = new IntColumn();
  private int size;
  private int round = FEWEST;

  /** The buckets below this one have been split in this round. */
  private int split;

  SlotIndex(IntToLongFunction hashOf) {
    this.hashOf = hashOf;
    first.reach(FEWEST);
  }

  /** A slot that may have this hash, to go on from by {@link #after}; or {@link #NONE}. */
  int first(long hash) {
    return first.get(bucket(hash)) - 1;
  }

  int after(int slot) {
    return next.get(slot) - 1;
  }

  void add(int slot) {
    next.reach(slot + 1);
    link(slot);
    size++;
    if (size > round + split) {
      grow();
    }
  }

  private void link(int slot) {
    var bucket = bucket(hashOf.applyAsLong(slot));
    next.set(slot, first.get(bucket));
    first.set(bucket, slot + 1);
  }

  void remove(int slot) {
    var bucket = bucket(hashOf.applyAsLong(slot));
    var before = NONE;
    for (var at = first.get(bucket) - 1; at != slot; at = after(at)) {
      if (at == NONE) {
        throw new IllegalStateException("slot " + slot + " is not in its bucket");
      }
      before = at;
    }
    if (before == NONE) {
      first.set(bucket, next.get(slot));
    } else {
      next.set(before, next.get(slot));
    }
    size--;
  }

  int size() {
    return size;
  }

  private int bucket(long hash) {
    var wide = (int) hash & (2 * round - 1);
    var narrow = wide & (round - 1);
    return narrow < split ? wide : narrow;
  }

  private void grow() {
    var from = split;
    first.reach(round + split + 1);
    split++;
    if (split == round) {
      round *= 2;
      split = 0;
    }
    var slot = first.get(from) - 1;
    first.set(from, 0);
    while (slot != NONE) {
      var following = after(slot);
      link(slot);
      slot = following;
    }
  }

  /** Spreads what is alike, in a way that nobody outside can foresee. */
  static long mix(long bits) {
    return (bits * SEED) >>> Integer.SIZE;
  }

  long bytes() {
    return first.bytes() + next.bytes();
  }
}
