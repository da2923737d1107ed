package io.layover.upkeep;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.Pushes;
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
 * as needed, and manifests are read once more before anything goes. Everything here blocks.
 */
public final class Collector {
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
    var done = 0;
    for (var digest : candidates.keySet()) {
      stores.blobs().delete(digest).await();
      observer.removed(++done, candidates.size());
    }
    return garbage(marks, candidates, links.size());
  }

  private static Garbage garbage(Marks marks, Map<Digest, Long> blobs, int links) {
    var manifests = new ArrayList<String>();
    marks.untagged().forEach(link -> manifests.add(link.name() + "@" + link.digest()));
    return new Garbage(marks.manifests(), manifests, blobs, links);
  }

  /** Manifests were read just now, so of those that go it does not count when. */
  private Map<Digest, Long> candidates(Marks marks) {
    var going = marks.untagged().stream().map(Link::digest).collect(Collectors.toSet());
    var found = new TreeMap<Digest, Long>(Comparator.comparing(Digest::toString));
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
