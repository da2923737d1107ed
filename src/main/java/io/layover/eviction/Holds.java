package io.layover.eviction;

import io.layover.oci.Digest;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The blobs that somebody is about to link to and that must not go meanwhile, and those that are on
 * their way out and must not be linked to meanwhile. Guarded by the ledger's monitor.
 */
final class Holds {
  private final Map<Digest, Integer> kept = new HashMap<>();
  private final Map<Digest, Leaving> leaving = new HashMap<>();

  private static final class Leaving {
    private final Promise<Void> left = Promise.promise();
    private int links = 1;
  }

  /** Keeps a blob, or, if it is leaving, tells when to try again. */
  @Nullable Future<Void> keep(Digest digest) {
    var going = leaving.get(digest);
    if (going != null) {
      return going.left.future();
    }
    kept.merge(digest, 1, Integer::sum);
    return null;
  }

  void release(Digest digest) {
    kept.computeIfPresent(digest, (d, holders) -> holders == 1 ? null : holders - 1);
  }

  boolean isKept(Digest digest) {
    return kept.containsKey(digest);
  }

  /** A link to the blob leaves, perhaps with it. */
  void leave(Digest digest) {
    var going = leaving.get(digest);
    if (going == null) {
      leaving.put(digest, new Leaving());
    } else {
      going.links++;
    }
  }

  /** One that left is gone, or stays after all; who waited is told by completing the result. */
  @Nullable Promise<Void> left(Digest digest) {
    var going = leaving.get(digest);
    if (going == null || --going.links > 0) {
      return null;
    }
    leaving.remove(digest);
    return going.left;
  }
}
