package io.layover.storage.filesystem;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
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
  private static final long MOST = 8 << 20;

  /** What a string takes beyond its letters. */
  private static final int OVERHEAD = 40;

  /** Reads all names of a key. */
  interface Reader<K> {
    Collection<String> read(K key) throws IOException;
  }

  /** Changes the storage and, in the same breath, the names. */
  interface Change {
    void apply(Names names) throws IOException;
  }

  /**
   * The names of one key, some after each other in a string: as strings of their own, or in a tree,
   * they would take many times the memory of their letters.
   */
  static final class Names {
    /** No file name has it. */
    private static final String BETWEEN = "\0";

    private static final int RUN = 128;

    private final Comparator<String> order;
    private final Comparator<String> byFirst;
    private final List<String> runs = new ArrayList<>();

    private Names(Comparator<String> order, Collection<String> names) {
      this.order = order;
      this.byFirst = Comparator.comparing(Names::first, order);
      var sorted = names.stream().sorted(order).toList();
      for (var from = 0; from < sorted.size(); from += RUN) {
        runs.add(join(sorted.subList(from, Math.min(sorted.size(), from + RUN))));
      }
    }

    private static String first(String run) {
      var end = run.indexOf(BETWEEN);
      return end < 0 ? run : run.substring(0, end);
    }

    private static String join(List<String> names) {
      return String.join(BETWEEN, names);
    }

    private List<String> run(int at) {
      return Arrays.asList(runs.get(at).split(BETWEEN));
    }

    /** The only run that may have the name. */
    private int runOf(String name) {
      var at = Collections.binarySearch(runs, name, byFirst);
      return at >= 0 ? at : Math.max(0, -at - 2);
    }

    synchronized void add(String name) {
      if (runs.isEmpty()) {
        runs.add(name);
        return;
      }
      var at = runOf(name);
      var names = new ArrayList<>(run(at));
      var found = Collections.binarySearch(names, name, order);
      if (found >= 0) {
        return;
      }
      names.add(-found - 1, name);
      var kept = names.size() > 2 * RUN ? RUN : names.size();
      runs.set(at, join(names.subList(0, kept)));
      if (kept < names.size()) {
        runs.add(at + 1, join(names.subList(kept, names.size())));
      }
    }

    synchronized void remove(String name) {
      if (runs.isEmpty()) {
        return;
      }
      var at = runOf(name);
      var names = new ArrayList<>(run(at));
      if (!names.remove(name)) {
        return;
      }
      if (names.isEmpty()) {
        runs.remove(at);
      } else {
        runs.set(at, join(names));
      }
    }

    private synchronized List<String> after(@Nullable String last, int limit) {
      var found = new ArrayList<String>();
      for (var at = last == null ? 0 : runOf(last);
          at < runs.size() && found.size() < limit;
          at++) {
        for (var name : run(at)) {
          if (found.size() < limit && (last == null || order.compare(name, last) > 0)) {
            found.add(name);
          }
        }
      }
      return found;
    }

    /** About what they take in memory. */
    private synchronized int bytes() {
      var bytes = runs.stream().mapToLong(run -> OVERHEAD + run.length()).sum();
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
