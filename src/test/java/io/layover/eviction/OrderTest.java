package io.layover.eviction;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OrderTest {
  @Test
  void sorts() {
    var random = new SplittableRandom(5);
    var keys = random.longs(10_000, 0, Long.MAX_VALUE).toArray();
    keys[77] = 0;
    keys[78] = Long.MAX_VALUE;
    keys[79] = keys[80];
    var order = Order.of(keys);

    var sorted = new long[keys.length];
    for (var i = 0; i < keys.length; i++) {
      sorted[i] = keys[order[i]];
    }
    var expected = keys.clone();
    java.util.Arrays.sort(expected);
    assertArrayEquals(expected, sorted);
    assertArrayEquals(new int[0], Order.of(new long[0]));
  }
}
