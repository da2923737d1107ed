package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import org.jspecify.annotations.Nullable;

/**
 * Sorted names, read once from a directory and kept while they are asked for, so that a page of a
 * long list costs what a page of a short one does. All changes go through here. Methods block.
 */
final class SortedNames<K> {
  private static final long MOST = 2_000_000;

  /** Reads all names of a key. */
  interface Reader<K> {
    Collection<String> read(K key) throws IOException;
  }

  /** Changes the storage and, in the same breath, the names. */
  interface Change {
    void apply(NavigableSet<String> names) throws IOException;
  }

  private final Reader<K> reader;
  private final Stripes locks = new Stripes();
  private final Cache<K, ConcurrentSkipListSet<String>> known =
      Caffeine.newBuilder()
          .maximumWeight(MOST)
          .weigher((K key, ConcurrentSkipListSet<String> names) -> 1 + names.size())
          .expireAfterAccess(Duration.ofMinutes(30))
          .build();

  SortedNames(Reader<K> reader) {
    this.reader = reader;
  }

  /** At most {@code limit} names that come after {@code last}, or from the start. */
  List<String> after(K key, @Nullable String last, int limit) throws IOException {
    var names = load(key);
    return (last == null ? names : names.tailSet(last, false)).stream().limit(limit).toList();
  }

  private NavigableSet<String> load(K key) throws IOException {
    var there = known.getIfPresent(key);
    if (there != null) {
      return there;
    }
    synchronized (locks.of(key)) {
      var loaded = known.getIfPresent(key);
      if (loaded == null) {
        loaded = new ConcurrentSkipListSet<>(reader.read(key));
        known.put(key, loaded);
      }
      return loaded;
    }
  }

  /** Applies a change; nobody reads the names of {@code key} from storage meanwhile. */
  void change(K key, Change change) throws IOException {
    synchronized (locks.of(key)) {
      var loaded = known.getIfPresent(key);
      change.apply(loaded == null ? new TreeSet<>() : loaded);
    }
  }
}
