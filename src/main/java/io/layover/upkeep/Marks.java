package io.layover.upkeep;

import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.RepositoryStore.Kind;
import io.layover.storage.Stores;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is needed: every manifest that stays, and all that it consists of. A manifest that cannot be
 * read keeps whatever its repository links to, as nobody knows what it needs.
 */
final class Marks {
  private static final Logger LOG = LoggerFactory.getLogger(Marks.class);
  private static final int PAGE = 1000;

  private final Stores stores;
  private final Collector.Rules rules;
  private final Set<Digest> needed = new HashSet<>();
  private final Set<RepositoryName> repositories = new TreeSet<>();
  private final Set<RepositoryName> opaque = new HashSet<>();
  private final Map<RepositoryName, Set<Digest>> young = new HashMap<>();
  private final List<Link> untagged = new ArrayList<>();
  private int manifests;

  private Marks(Stores stores, Collector.Rules rules) {
    this.stores = stores;
    this.rules = rules;
  }

  /**
   * Reads every manifest that stays; blocks.
   *
   * @param seen is told how many repositories were looked at
   */
  static Marks of(Stores stores, Collector.Rules rules, IntConsumer seen) {
    var marks = new Marks(stores, rules);
    marks.markYoung();
    marks.markRepositories(seen);
    marks.markOpaque();
    return marks;
  }

  boolean isNeeded(Digest digest) {
    return needed.contains(digest);
  }

  /** The manifests that no tag leads to, if those go. */
  List<Link> untagged() {
    return untagged;
  }

  /** How many manifests stay. */
  int manifests() {
    return manifests;
  }

  /**
   * Looks at all links. What was linked a moment ago may be part of a push that has not come to its
   * manifest. Which repositories have manifests is seen here as well, as a store may remember a
   * list of them that another process has made longer meanwhile.
   */
  private void markYoung() {
    stores
        .repositories()
        .each(
            (name, kind, digest, made) -> {
              if (kind == Kind.MANIFEST) {
                repositories.add(name);
              }
              if (!made.isBefore(rules.before())) {
                needed.add(digest);
                if (kind == Kind.MANIFEST) {
                  young.computeIfAbsent(name, key -> new HashSet<>()).add(digest);
                }
              }
            })
        .await();
  }

  private void markRepositories(IntConsumer seen) {
    var count = 0;
    for (var name : repositories) {
      markRepository(name);
      seen.accept(++count);
    }
  }

  private void markRepository(RepositoryName name) {
    var contents = new HashMap<Digest, Manifest>();
    var all = stores.repositories().manifests(name).await();
    for (var digest : all) {
      var manifest = read(name, digest);
      if (manifest != null) {
        contents.put(digest, manifest);
      }
    }
    var staying = new HashSet<Digest>();
    if (rules.deleteUntagged().test(name) && !opaque.contains(name)) {
      var roots = new HashSet<>(young.getOrDefault(name, Set.of()));
      roots.addAll(tagged(name));
      roots.forEach(root -> reach(root, contents, staying));
      keepReferrers(contents, staying);
    } else {
      staying.addAll(all);
    }
    for (var digest : all) {
      if (staying.contains(digest)) {
        mark(digest, contents.get(digest));
      } else {
        untagged.add(new Link(name, Kind.MANIFEST, digest));
      }
    }
  }

  private void mark(Digest digest, @Nullable Manifest manifest) {
    manifests++;
    needed.add(digest);
    if (manifest != null) {
      manifest.blobs().stream().map(Descriptor::digest).forEach(needed::add);
      manifest.manifests().stream().map(Descriptor::digest).forEach(needed::add);
    }
  }

  private @Nullable Manifest read(RepositoryName name, Digest digest) {
    var content = stores.blobs().read(digest).await();
    if (content == null) {
      LOG.warn("{}@{} is linked, but not stored", name, digest);
      return null;
    }
    try {
      return Manifest.parse(content.getBytes(), null);
    } catch (RegistryException e) {
      LOG.warn("{}@{} cannot be read, so all of {} stays: {}", name, digest, name, e.getMessage());
      opaque.add(name);
      return null;
    }
  }

  private Set<Digest> tagged(RepositoryName name) {
    var found = new HashSet<Digest>();
    @Nullable String last = null;
    List<String> page;
    do {
      page = stores.repositories().tags(name, last, PAGE).await();
      for (var tag : page) {
        var digest = stores.repositories().resolve(name, new Tag(tag)).await();
        if (digest != null) {
          found.add(digest);
        }
        last = tag;
      }
    } while (page.size() == PAGE);
    return found;
  }

  /** A manifest and, of an index, those below it. */
  private static void reach(Digest digest, Map<Digest, Manifest> contents, Set<Digest> reached) {
    if (reached.add(digest)) {
      var manifest = contents.get(digest);
      if (manifest != null) {
        manifest.manifests().forEach(child -> reach(child.digest(), contents, reached));
      }
    }
  }

  /** Signatures and the like stay with what they are about, which has the tag. */
  private static void keepReferrers(Map<Digest, Manifest> contents, Set<Digest> staying) {
    int before;
    do {
      before = staying.size();
      contents.forEach(
          (digest, manifest) -> {
            if (manifest.subject() != null && staying.contains(manifest.subject().digest())) {
              reach(digest, contents, staying);
            }
          });
    } while (staying.size() > before);
  }

  private void markOpaque() {
    if (!opaque.isEmpty()) {
      stores
          .repositories()
          .each(
              (name, kind, digest, made) -> {
                if (opaque.contains(name)) {
                  needed.add(digest);
                }
              })
          .await();
    }
  }
}
