package io.layover.storage.filesystem;

import java.util.stream.Stream;

/** A fixed number of locks for any number of keys; equal keys have the same lock. */
final class Stripes {
  private static final int COUNT = 256;

  private final Object[] locks = Stream.generate(Object::new).limit(COUNT).toArray();

  Object of(Object key) {
    var hash = key.hashCode();
    return locks[(hash ^ (hash >>> 16)) & (COUNT - 1)];
  }
}
