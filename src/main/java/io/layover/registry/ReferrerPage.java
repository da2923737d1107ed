package io.layover.registry;

import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some of the referrers of a subject, in the order of their digests.
 *
 * @param next after which digest the rest comes; absent if this is the end
 */
public record ReferrerPage(List<JsonObject> descriptors, @Nullable Digest next, Outcome outcome) {
  /** What stands around the descriptors of a page; the whole must be no larger than a manifest. */
  private static final int ENVELOPE = 128;

  /** The digest in a descriptor that was checked before. */
  public static Digest digestOf(JsonObject descriptor) {
    return Digest.parse(descriptor.getString("digest"));
  }

  /** A page that fills. */
  public static final class Filling {
    private final int limit;
    private final List<JsonObject> descriptors = new ArrayList<>();
    private int bytes = ENVELOPE;

    /**
     * @param limit the most on the page
     */
    public Filling(int limit) {
      this.limit = limit;
    }

    /** How many more fit on the page at most. */
    int room() {
      return limit - descriptors.size();
    }

    /** False if it does not fit any more. */
    public boolean add(JsonObject descriptor) {
      var length = descriptor.toBuffer().length() + 1;
      if (descriptors.size() == limit
          || (!descriptors.isEmpty() && bytes + length > Manifest.LARGEST)) {
        return false;
      }
      descriptors.add(descriptor);
      bytes += length;
      return true;
    }

    /** The page if there is more behind it. */
    public ReferrerPage full(Outcome outcome) {
      return new ReferrerPage(descriptors, digestOf(descriptors.getLast()), outcome);
    }

    /** The page if there is more behind {@code next}, or nothing. */
    public ReferrerPage upTo(@Nullable Digest next, Outcome outcome) {
      return new ReferrerPage(descriptors, next, outcome);
    }
  }
}
