package io.layover.upkeep;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.Pushes;
import io.layover.storage.Aside;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Removes what no image needs: marks all that manifests lead to, and sweeps what is not marked and
 * not young. The storage may be in use meanwhile, as what was pushed or mounted a moment ago counts
 * as needed, and manifests are read once more when all that goes is out of sight. Everything here
 * blocks.
 */
public final class Collector {
  private static final Comparator<Digest> BY_NAME = Comparator.comparing(Digest::toString);

  /**
   * What goes.
   *
   * @param deleteUntagged where manifests go, too, that no tag leads to
   * @param before what was written or read later stays
   */
  public record Rules(Predicate<RepositoryName> deleteUntagged, Instant before) {}

  /** What goes, or has gone: manifests with their repository, and blobs with their size. */
  public record Garbage(
      int manifestsKept, List<String> manifests, Map<Digest, Long> blobs, int links) {
    public long bytes() {
      return blobs.values().stream().mapToLong(Long::longValue).sum();
    }
  }

  /** Is told how far it is. */
  public interface Observer {
    void looked(int repositories);

    /** So many blobs of all that go are gone. */
    void removed(int blobs, int all);
  }

  private final Stores stores;
  private final Pushes pushes;
  private final Rules rules;
  private final Observer observer;

  public Collector(Stores stores, Pushes pushes, Rules rules, Observer observer) {
    this.stores = stores;
    this.pushes = pushes;
    this.rules = rules;
    this.observer = observer;
  }

  /** Finds what could go, and leaves it. */
  public Garbage find() {
    var marks = Marks.of(stores, rules, observer::looked);
    return garbage(marks, candidates(marks), links(marks).size());
  }

  /** Removes it. */
  public Garbage remove() {
    var before = Marks.of(stores, rules, observer::looked);
    var candidates = candidates(before);
    // Whatever was pushed since then and needs some of it.
    var marks = Marks.of(stores, rules, observer::looked);
    candidates.keySet().removeIf(marks::isNeeded);
    for (var manifest : marks.untagged()) {
      pushes.delete(manifest.name(), manifest.digest()).await();
    }
    var links = links(marks);
    for (var link : links) {
      stores.repositories().unlink(link.name(), link.kind(), link.digest()).await();
    }
    var gone = sweep(candidates, links);
    return garbage(marks, gone, links.size());
  }

  /**
   * Deletes blobs, apart from those that are needed after all. They are taken out of sight first:
   * then a manifest that needs one is either seen here, or its push does not find the blob.
   */
  private Map<Digest, Long> sweep(Map<Digest, Long> candidates, List<Link> links) {
    var aside = stores.blobs().aside();
    var taken = new TreeMap<Digest, Long>(BY_NAME);
    try {
      var done = 0;
      for (var blob : candidates.entrySet()) {
        if (aside.take(blob.getKey(), rules.before()).await()) {
          taken.put(blob.getKey(), blob.getValue());
        }
        observer.removed(++done, candidates.size());
      }
      putBackNeeded(aside, taken, links);
    } catch (RuntimeException e) {
      taken.keySet().forEach(digest -> aside.putBack(digest).await());
      throw e;
    }
    taken.keySet().forEach(digest -> aside.drop(digest).await());
    return taken;
  }

  /** A manifest that is put back shows what else is needed. */
  private void putBackNeeded(Aside aside, Map<Digest, Long> taken, List<Link> links) {
    boolean more;
    do {
      var marks = Marks.of(stores, rules, observer::looked);
      for (var link : links) {
        if (marks.isNeeded(link.digest())) {
          stores
              .repositories()
              .link(link.name(), link.kind(), link.digest(), Durability.SYNCED)
              .await();
        }
      }
      var needed = taken.keySet().stream().filter(marks::isNeeded).toList();
      needed.forEach(digest -> aside.putBack(digest).await());
      more = taken.keySet().removeAll(needed);
    } while (more);
  }

  private static Garbage garbage(Marks marks, Map<Digest, Long> blobs, int links) {
    var manifests = new ArrayList<String>();
    marks.untagged().forEach(link -> manifests.add(link.name() + "@" + link.digest()));
    return new Garbage(marks.manifests(), manifests, blobs, links);
  }

  /** Manifests were read just now, so of those that go it does not count when. */
  private Map<Digest, Long> candidates(Marks marks) {
    var going = marks.untagged().stream().map(Link::digest).collect(Collectors.toSet());
    var found = new TreeMap<Digest, Long>(BY_NAME);
    stores
        .blobs()
        .each(
            (digest, size, used) -> {
              if (!marks.isNeeded(digest)
                  && (used.isBefore(rules.before()) || going.contains(digest))) {
                found.put(digest, size);
              }
            })
        .await();
    return found;
  }

  private List<Link> links(Marks marks) {
    var found = new ArrayList<Link>();
    stores
        .repositories()
        .each(
            (name, kind, digest, made) -> {
              if (kind == Kind.LAYER && !marks.isNeeded(digest) && made.isBefore(rules.before())) {
                found.add(new Link(name, kind, digest));
              }
            })
        .await();
    return found;
  }
}
