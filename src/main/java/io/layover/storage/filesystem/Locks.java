package io.layover.storage.filesystem;

import java.util.stream.Stream;

/**
 * A lock for each key, shared by a few keys at most. Whoever holds it while a file and what is
 * remembered of it change leaves nothing outdated in memory.
 */
final class Locks {
  private static final int COUNT = 256;

  private final Object[] locks = Stream.generate(Object::new).limit(COUNT).toArray();

  Object of(Object key) {
    return locks[Math.floorMod(key.hashCode(), COUNT)];
  }
}
