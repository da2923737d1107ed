package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SlotIndexTest {
  private static final int SLOTS = 50_000;

  /** Many slots come and go; each is found as long as it is there. Some share their hash. */
  @Test
  void findsWhatIsThere() {
    var random = new SplittableRandom(3);
    var keys = random.longs(SLOTS).toArray();
    for (var i = 0; i < SLOTS; i += 100) {
      keys[i] = keys[SLOTS - 1];
    }
    var index = new SlotIndex(slot -> keys[slot]);
    var there = new HashMap<Integer, Long>();
    for (var round = 0; round < 200_000; round++) {
      var slot = random.nextInt(SLOTS);
      if (there.remove(slot) == null) {
        index.add(slot);
        there.put(slot, keys[slot]);
      } else {
        index.remove(slot);
      }
    }

    assertEquals(there.size(), index.size());
    for (var slot = 0; slot < SLOTS; slot++) {
      assertEquals(there.containsKey(slot), contains(index, slot, keys[slot]), "slot " + slot);
    }
  }

  private static boolean contains(SlotIndex index, int slot, long key) {
    for (var at = index.first(key); at != SlotIndex.NONE; at = index.after(at)) {
      if (at == slot) {
        return true;
      }
    }
    return false;
  }

  @Test
  void doesNotRemoveWhatIsNotThere() {
    var index = new SlotIndex(slot -> slot);
    index.add(1);
    assertThrows(IllegalStateException.class, () -> index.remove(1025));
  }
}
