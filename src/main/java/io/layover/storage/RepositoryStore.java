package io.layover.storage;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which blobs, manifests and tags each repository has: links to the blob store, no content. */
public interface RepositoryStore {
  /** What a repository can have a link to. */
  enum Kind {
    /** Configs and layers. A link is also the proof that the repository may read the blob. */
    LAYER,
    MANIFEST
  }

  /** How sure a write must be before it is acknowledged. */
  enum Durability {
    /** Survives power loss: for what was pushed here. */
    SYNCED,
    /** May be lost with the power: for what an upstream can give again. */
    CACHED
  }

  Future<Boolean> isLinked(RepositoryName name, Kind kind, Digest digest);

  Future<Void> link(RepositoryName name, Kind kind, Digest digest, Durability durability);

  /**
   * Makes sure of a link that was seen a moment ago, as another process may have taken it away; a
   * store that has no way to be sure does nothing.
   */
  default Future<Void> relink(RepositoryName name, Kind kind, Digest digest) {
    return Future.succeededFuture();
  }

  /** Removes a link; false if there was none. */
  Future<Boolean> unlink(RepositoryName name, Kind kind, Digest digest);

  /** A repository that has a link to {@code digest}, or null; it may take a look at all of them. */
  Future<@Nullable RepositoryName> holder(Kind kind, Digest digest);

  /** Every manifest of the repository, in no order. */
  Future<List<Digest>> manifests(RepositoryName name);

  /** What the tag points at, or null. */
  Future<@Nullable Digest> resolve(RepositoryName name, Tag tag);

  /** When the tag was last written, be it with what it was before; null if there is none. */
  Future<@Nullable Instant> taggedAt(RepositoryName name, Tag tag);

  Future<Void> tag(RepositoryName name, Tag tag, Digest digest, Durability durability);

  /** Removes a tag; false if there was none. */
  Future<Boolean> untag(RepositoryName name, Tag tag);

  /** Removes every tag that points at {@code digest}. */
  Future<Void> untagAll(RepositoryName name, Digest digest);

  /** True if the repository holds anything. */
  Future<Boolean> exists(RepositoryName name);

  /**
   * At most {@code limit} tags in lexical order that come after {@code last}, or from the start.
   */
  Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit);

  /**
   * At most {@code limit} repositories after {@code last}, or from the start, in lexical order of
   * their paths: {@code a}, {@code a/b}, {@code a-b}.
   */
  Future<List<String>> repositories(@Nullable String last, int limit);

  /** Removes what is left of a repository in which nothing is any more. */
  Future<Void> prune(RepositoryName name);

  /** Tells of every link, one after the other in no order, on a thread that may wait. */
  Future<Void> each(Visitor visitor);

  /** Is told of links. */
  interface Visitor {
    /**
     * A link that is there.
     *
     * @param made when it was written
     */
    void link(RepositoryName name, Kind kind, Digest digest, Instant made);
  }
}
