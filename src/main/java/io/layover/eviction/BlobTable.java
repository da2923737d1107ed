package io.layover.eviction;

import io.layover.oci.Digest;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;

/** The blobs, a slot each: the digest, the size and the links to it. */
final class BlobTable {
  static final int NONE = SlotIndex.NONE;

  /** The size of a blob that is not stored, but linked. */
  static final long ABSENT = -1;

  private static final int WORDS = 4;
  private static final int SHA256 = 64;
  private static final int WORD = 16;

  /** Keeps the start of a longer digest from being taken for a digest. */
  private static final long LONGER = 0x5a5a_5a5a_5a5a_5a5aL;

  private static final int LENGTH = 64;

  /** The first 32 bytes of each digest, which are enough to tell digests apart. */
  private final LongColumn words = new LongColumn();

  /** The digests that have more than that, as text. */
  private final Map<Integer, String> longer = new HashMap<>();

  private final LongColumn sizes = new LongColumn();
  private final IntColumn firstLinks = new IntColumn();

  /** Links of repositories that are pushed to, and links of others that are not being removed. */
  private final IntColumn hosted = new IntColumn();

  private final IntColumn cached = new IntColumn();
  private final SlotIndex index = new SlotIndex(slot -> SlotIndex.mix(words.get(WORDS * slot)));
  private final Free free = new Free(0);

  /** The slot, or {@link #NONE}. */
  int find(Digest digest) {
    var hex = digest.hex();
    var one = word(hex, 0);
    var two = word(hex, 1);
    var three = word(hex, 2);
    var four = word(hex, 3);
    for (var slot = index.first(SlotIndex.mix(one)); slot != NONE; slot = index.after(slot)) {
      var at = WORDS * slot;
      if (words.get(at) == one
          && words.get(at + 1) == two
          && words.get(at + 2) == three
          && words.get(at + 3) == four) {
        return slot;
      }
    }
    return NONE;
  }

  private static long word(String hex, int number) {
    var word = HexFormat.fromHexDigitsToLong(hex, WORD * number, WORD * (number + 1));
    return hex.length() > SHA256 ? word ^ LONGER : word;
  }

  /** The slot; a new one has no links and is {@link #ABSENT}. */
  int obtain(Digest digest) {
    var known = find(digest);
    if (known != NONE) {
      return known;
    }
    var slot = free.take();
    words.reach(WORDS * (slot + 1));
    sizes.reach(slot + 1);
    firstLinks.reach(slot + 1);
    hosted.reach(slot + 1);
    cached.reach(slot + 1);
    for (var i = 0; i < WORDS; i++) {
      words.set(WORDS * slot + i, word(digest.hex(), i));
    }
    if (digest.hex().length() > SHA256) {
      longer.put(slot, digest.hex());
    }
    sizes.set(slot, ABSENT);
    firstLinks.set(slot, NONE);
    hosted.set(slot, 0);
    cached.set(slot, 0);
    index.add(slot);
    return slot;
  }

  void remove(int slot) {
    index.remove(slot);
    longer.remove(slot);
    sizes.set(slot, ABSENT);
    free.give(slot);
  }

  Digest digest(int slot) {
    var hex = longer.get(slot);
    if (hex != null) {
      return new Digest("sha512", hex);
    }
    var text = new StringBuilder(SHA256);
    for (var i = 0; i < WORDS; i++) {
      text.append(HexFormat.of().toHexDigits(words.get(WORDS * slot + i)));
    }
    return new Digest("sha256", text.toString());
  }

  /** Writes the digest: its length in bytes, then these. */
  void writeDigest(int slot, ByteBuffer out) {
    var hex = longer.get(slot);
    if (hex != null) {
      out.put((byte) LENGTH).put(HexFormat.of().parseHex(hex));
      return;
    }
    out.put((byte) (WORDS * Long.BYTES));
    for (var i = 0; i < WORDS; i++) {
      out.putLong(words.get(WORDS * slot + i));
    }
  }

  long size(int slot) {
    return sizes.get(slot);
  }

  void setSize(int slot, long size) {
    sizes.set(slot, size);
  }

  int firstLink(int slot) {
    return firstLinks.get(slot);
  }

  void setFirstLink(int slot, int link) {
    firstLinks.set(slot, link);
  }

  int hosted(int slot) {
    return hosted.get(slot);
  }

  void addHosted(int slot, int change) {
    hosted.add(slot, change);
  }

  int cached(int slot) {
    return cached.get(slot);
  }

  void addCached(int slot, int change) {
    cached.add(slot, change);
  }

  /** All slots ever used are below this. */
  int end() {
    return free.end();
  }

  int count() {
    return index.size();
  }

  long bytes() {
    return words.bytes()
        + sizes.bytes()
        + firstLinks.bytes()
        + hosted.bytes()
        + cached.bytes()
        + index.bytes()
        + free.bytes();
  }
}
