package io.layover.eviction;

import io.layover.storage.RepositoryStore.Kind;

/** The links, a slot each: from which repository, to which blob, and when it was last used. */
final class LinkTable {
  static final int NONE = SlotIndex.NONE;

  /** The repository's number and the kind; -1 where a slot is free. */
  private final IntColumn sources = new IntColumn();

  private final IntColumn blobs = new IntColumn();
  private final LongColumn stamps = new LongColumn();

  /** The other links to the same blob. */
  private final IntColumn before = new IntColumn();

  private final IntColumn after = new IntColumn();
  private final SlotIndex index = new SlotIndex(slot -> hash(sourceOf(slot), blobOf(slot)));
  private final Free free;
  private final BlobTable table;

  /**
   * @param first the slot of the first link
   * @param table knows the first link of each blob
   */
  LinkTable(int first, BlobTable table) {
    this.free = new Free(first);
    this.table = table;
    sources.reach(first);
    for (var slot = 0; slot < first; slot++) {
      sources.set(slot, NONE);
    }
  }

  private int sourceOf(int slot) {
    return sources.get(slot);
  }

  private int blobOf(int slot) {
    return blobs.get(slot);
  }

  private static long hash(int source, int blob) {
    return SlotIndex.mix((long) source << 32 | blob);
  }

  private static int source(int repository, Kind kind) {
    return repository << 1 | code(kind);
  }

  /** A bit for each kind. */
  static int code(Kind kind) {
    return kind == Kind.MANIFEST ? 1 : 0;
  }

  static Kind kindOf(int code) {
    return code == 1 ? Kind.MANIFEST : Kind.LAYER;
  }

  int find(int repository, Kind kind, int blob) {
    var source = source(repository, kind);
    for (var slot = index.first(hash(source, blob)); slot != NONE; slot = index.after(slot)) {
      if (sources.get(slot) == source && blobs.get(slot) == blob) {
        return slot;
      }
    }
    return NONE;
  }

  int add(int repository, Kind kind, int blob) {
    var slot = free.take();
    sources.reach(slot + 1);
    blobs.reach(slot + 1);
    stamps.reach(slot + 1);
    before.reach(slot + 1);
    after.reach(slot + 1);
    sources.set(slot, source(repository, kind));
    blobs.set(slot, blob);
    stamps.set(slot, 0);
    var first = table.firstLink(blob);
    before.set(slot, NONE);
    after.set(slot, first);
    if (first != NONE) {
      before.set(first, slot);
    }
    table.setFirstLink(blob, slot);
    index.add(slot);
    return slot;
  }

  void remove(int slot) {
    index.remove(slot);
    if (before.get(slot) == NONE) {
      table.setFirstLink(blobs.get(slot), after.get(slot));
    } else {
      after.set(before.get(slot), after.get(slot));
    }
    if (after.get(slot) != NONE) {
      before.set(after.get(slot), before.get(slot));
    }
    sources.set(slot, NONE);
    free.give(slot);
  }

  boolean isUsed(int slot) {
    return sources.get(slot) != NONE;
  }

  int repository(int slot) {
    return sources.get(slot) >> 1;
  }

  Kind kind(int slot) {
    return kindOf(sources.get(slot) & 1);
  }

  int blob(int slot) {
    return blobs.get(slot);
  }

  /** The next link to the same blob, or {@link #NONE}. */
  int sibling(int slot) {
    return after.get(slot);
  }

  long stamp(int slot) {
    return stamps.get(slot);
  }

  void setStamp(int slot, long stamp) {
    stamps.set(slot, stamp);
  }

  /** All slots ever used are below this. */
  int end() {
    return free.end();
  }

  int count() {
    return index.size();
  }

  long bytes() {
    return sources.bytes()
        + blobs.bytes()
        + stamps.bytes()
        + before.bytes()
        + after.bytes()
        + index.bytes()
        + free.bytes();
  }
}
