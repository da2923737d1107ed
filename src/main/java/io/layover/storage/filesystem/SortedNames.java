package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sorted names, read once from a directory and kept while they are asked for, so that a page of a
 * long list costs what a page of a short one does. All changes go through here. Methods block.
 */
final class SortedNames<K> {
  /** Bytes of names in memory. A list that takes more is read for every page. */
  private static final long MOST = 24 << 20;

  /** What a name takes beyond its letters. */
  private static final int OVERHEAD = 40;

  /** Reads all names of a key. */
  interface Reader<K> {
    Collection<String> read(K key) throws IOException;
  }

  /** Changes the storage and, in the same breath, the names. */
  interface Change {
    void apply(Names names) throws IOException;
  }

  /** The names of one key, in an array: a tree would take three times the memory. */
  static final class Names {
    private final Comparator<String> order;
    private final ArrayList<String> sorted;

    private Names(Comparator<String> order, Collection<String> names) {
      this.order = order;
      this.sorted = new ArrayList<>(names);
      sorted.sort(order);
    }

    synchronized void add(String name) {
      var at = Collections.binarySearch(sorted, name, order);
      if (at < 0) {
        sorted.add(-at - 1, name);
      }
    }

    synchronized void remove(String name) {
      var at = Collections.binarySearch(sorted, name, order);
      if (at >= 0) {
        sorted.remove(at);
      }
    }

    private synchronized List<String> after(@Nullable String last, int limit) {
      var at = last == null ? -1 : Collections.binarySearch(sorted, last, order);
      var from = last != null && at < 0 ? -at - 1 : at + 1;
      return List.copyOf(sorted.subList(from, Math.min(sorted.size(), from + limit)));
    }

    /** About what they take in memory. */
    private synchronized int bytes() {
      var bytes = sorted.stream().mapToLong(name -> OVERHEAD + name.length()).sum();
      return (int) Math.min(Integer.MAX_VALUE, OVERHEAD + bytes);
    }
  }

  private final Reader<K> reader;
  private final Comparator<String> order;
  private final Locks locks = new Locks();
  private final Cache<K, Names> known =
      Caffeine.newBuilder()
          .maximumWeight(MOST)
          .weigher((K key, Names names) -> names.bytes())
          .expireAfterAccess(Duration.ofMinutes(30))
          .executor(Runnable::run)
          .build();

  SortedNames(Reader<K> reader, Comparator<String> order) {
    this.reader = reader;
    this.order = order;
  }

  /** At most {@code limit} names that come after {@code last}, or from the start. */
  List<String> after(K key, @Nullable String last, int limit) throws IOException {
    return load(key).after(last, limit);
  }

  private Names load(K key) throws IOException {
    var there = known.getIfPresent(key);
    if (there != null) {
      return there;
    }
    synchronized (locks.of(key)) {
      var loaded = known.getIfPresent(key);
      if (loaded == null) {
        loaded = new Names(order, reader.read(key));
        known.put(key, loaded);
      }
      return loaded;
    }
  }

  /** Applies a change; nobody reads the names of {@code key} from storage meanwhile. */
  void change(K key, Change change) throws IOException {
    synchronized (locks.of(key)) {
      var loaded = known.getIfPresent(key);
      change.apply(loaded == null ? new Names(order, List.of()) : loaded);
    }
  }
}
