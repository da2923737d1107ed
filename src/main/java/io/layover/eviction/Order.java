package io.layover.eviction;

/** Puts many numbers into order (radix sort: no object for each of them). */
final class Order {
  private static final int BITS = 13;
  private static final int DIGITS = 1 << BITS;

  private Order() {}

  /** The positions of {@code keys}, which are not negative, in the order of the keys. */
  static int[] of(long[] keys) {
    var from = new int[keys.length];
    var to = new int[keys.length];
    for (var i = 0; i < keys.length; i++) {
      from[i] = i;
    }
    for (var shift = 0; shift < Long.SIZE - 1; shift += BITS) {
      var starts = new int[DIGITS + 1];
      for (var key : keys) {
        starts[digit(key, shift) + 1]++;
      }
      for (var i = 0; i < DIGITS; i++) {
        starts[i + 1] += starts[i];
      }
      for (var position : from) {
        to[starts[digit(keys[position], shift)]++] = position;
      }
      var done = from;
      from = to;
      to = done;
    }
    return from;
  }

  private static int digit(long key, int shift) {
    return (int) (key >>> shift) & (DIGITS - 1);
  }
}
