package io.layover.storage.s3;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;

/** What is kept where there is only so much room; what was not used for longest goes first. */
final class Shelf<K> {
  private final long limit;

  // Guarded by this.
  private final LinkedHashMap<K, Long> sizes = new LinkedHashMap<>(16, 0.75f, true);
  private long total;

  /**
   * @param limit of all sizes together
   */
  Shelf(long limit) {
    this.limit = limit;
  }

  /** Puts something there, for which what is returned has to go. */
  synchronized List<K> put(K key, long size) {
    remove(key);
    var gone = new ArrayList<K>();
    var oldest = sizes.entrySet().iterator();
    while (total + size > limit && oldest.hasNext()) {
      var one = oldest.next();
      gone.add(one.getKey());
      total -= one.getValue();
      oldest.remove();
    }
    sizes.put(key, size);
    total += size;
    return gone;
  }

  synchronized void use(K key) {
    sizes.get(key);
  }

  synchronized void remove(K key) {
    var size = sizes.remove(key);
    if (size != null) {
      total -= size;
    }
  }
}
