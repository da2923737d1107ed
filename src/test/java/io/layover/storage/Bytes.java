package io.layover.storage;

import java.util.Random;

/** Contents for tests. */
final class Bytes {
  private Bytes() {}

  /** So many bytes, no two parts of which look alike; the same ones for the same seed. */
  static byte[] of(int size, long seed) {
    var bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }
}
