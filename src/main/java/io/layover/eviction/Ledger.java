package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What is stored and linked, in which order the cached part of it was used, and how many bytes it
 * has. Every step takes the same short time however much there is. Whoever uses this holds its
 * monitor, and never while waiting for anything.
 */
final class Ledger {
  static final int NONE = SlotIndex.NONE;

  /** The list of links to blobs that are larger than the limit; the lists of owners follow. */
  static final int PASSING = 0;

  private static final long MICROS = 1000;

  final Limits limits;
  final Names names;
  final BlobTable blobs = new BlobTable();
  final LinkTable links;
  final Recency recency;

  /** Links that are being removed at the moment: in no list, and out of everybody's reach. */
  final BitSet leaving = new BitSet();

  /** Links that are not in the journal as they are now. */
  final BitSet changed = new BitSet();

  private final InstantSource clock;
  private final Map<Share, Long> bytes = new EnumMap<>(Share.class);
  private List<Gone> gone = new ArrayList<>();
  private long stamp;

  /** A link that was removed since the journal was written. */
  record Gone(int repository, Kind kind, Digest digest) {}

  Ledger(Limits limits, InstantSource clock) {
    this.limits = limits;
    this.clock = clock;
    this.names = new Names(limits.owner());
    this.recency = new Recency(1 + 2 * limits.ttls().size());
    this.links = new LinkTable(recency.lists(), blobs);
  }

  /** The list of what an owner's readers have used. */
  static int used(int owner) {
    return 1 + 2 * owner;
  }

  /** The list of what was found in the storage, and not used since. */
  static int found(int owner) {
    return 2 + 2 * owner;
  }

  /** The time in microseconds, which never comes twice. */
  long stamp() {
    stamp = Math.max(stamp + 1, now());
    return stamp;
  }

  long now() {
    return clock.millis() * MICROS;
  }

  /** Goes on from a stamp that was given earlier. */
  void pass(long earlier) {
    stamp = Math.max(stamp, earlier);
  }

  /** The link, or {@link #NONE}. */
  int find(RepositoryName name, Kind kind, Digest digest) {
    var repository = names.find(name);
    var blob = repository == Names.NONE ? NONE : blobs.find(digest);
    return blob == NONE ? NONE : links.find(repository, kind, blob);
  }

  /** The link; a new one is in no list. */
  int obtain(RepositoryName name, Kind kind, Digest digest) {
    var repository = names.obtain(name);
    var blob = blobs.obtain(digest);
    var known = links.find(repository, kind, blob);
    return known != NONE ? known : add(repository, kind, blob);
  }

  private int add(int repository, Kind kind, int blob) {
    count(blob, -1);
    var link = links.add(repository, kind, blob);
    recency.reach(link + 1);
    recency.clear(link);
    names.addLinks(repository, 1);
    if (isHosted(link)) {
      blobs.addHosted(blob, 1);
    } else {
      blobs.addCached(blob, 1);
    }
    count(blob, 1);
    return link;
  }

  boolean isHosted(int link) {
    return owner(link) == Limits.HOSTED;
  }

  int owner(int link) {
    return names.owner(links.repository(link));
  }

  Digest digest(int link) {
    return blobs.digest(links.blob(link));
  }

  /** A link is used, now. What is hosted, or leaving, is in no list. */
  void touch(int link) {
    if (isHosted(link) || leaving.get(link)) {
      return;
    }
    recency.remove(link);
    links.setStamp(link, stamp());
    list(link, used(owner(link)));
    changed.set(link);
  }

  /** Puts a link that is in no list into one. */
  void list(int link, int list) {
    recency.push(share(links.blob(link)) == Share.PASSING ? PASSING : list, link);
  }

  /** A blob has this size, or is {@link BlobTable#ABSENT}. */
  void resize(int blob, long size) {
    if (blobs.size(blob) == size) {
      return;
    }
    count(blob, -1);
    blobs.setSize(blob, size);
    count(blob, 1);
    relistIfPassing(blob);
    forgetIfUnknown(blob);
  }

  private void relistIfPassing(int blob) {
    if (share(blob) == Share.PASSING) {
      for (var link = blobs.firstLink(blob); link != NONE; link = links.sibling(link)) {
        if (recency.isListed(link)) {
          recency.remove(link);
          recency.push(PASSING, link);
        }
      }
    }
  }

  /** Removes a link, and tells the journal. */
  void remove(int link) {
    gone.add(new Gone(links.repository(link), links.kind(link), digest(link)));
    drop(link);
  }

  /** Removes a link that is in the journal no more, or never was. */
  void drop(int link) {
    var blob = links.blob(link);
    count(blob, -1);
    recency.remove(link);
    var hosted = isHosted(link);
    if (hosted) {
      blobs.addHosted(blob, -1);
    } else if (!leaving.get(link)) {
      blobs.addCached(blob, -1);
    }
    leaving.clear(link);
    changed.clear(link);
    names.addLinks(links.repository(link), -1);
    links.remove(link);
    count(blob, 1);
    if (hosted) {
      relistIfPassing(blob);
    }
    forgetIfUnknown(blob);
  }

  private void forgetIfUnknown(int blob) {
    if (blobs.size(blob) == BlobTable.ABSENT && blobs.firstLink(blob) == NONE) {
      blobs.remove(blob);
    }
  }

  private void count(int blob, int sign) {
    var size = blobs.size(blob);
    if (size != BlobTable.ABSENT) {
      bytes.merge(share(blob), sign * size, Long::sum);
    }
  }

  Share share(int blob) {
    if (blobs.hosted(blob) > 0) {
      return Share.HOSTED;
    }
    if (blobs.firstLink(blob) == NONE) {
      return Share.UNLINKED;
    }
    return blobs.size(blob) > limits.maxSize() ? Share.PASSING : Share.CACHED;
  }

  long bytes(Share share) {
    return bytes.getOrDefault(share, 0L);
  }

  /** What was removed since this was last asked. */
  List<Gone> takeGone() {
    var taken = gone;
    gone = new ArrayList<>();
    return taken;
  }

  /** The memory that all of this takes, without the names. */
  long memory() {
    return blobs.bytes() + links.bytes() + recency.bytes();
  }
}
