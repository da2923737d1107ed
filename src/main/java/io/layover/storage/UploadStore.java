package io.layover.storage;

import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Uploads in progress, which outlive a restart. */
public interface UploadStore {
  /**
   * Makes an empty upload.
   *
   * @param algorithm that the digest at its end is likely to have
   */
  Future<Void> create(RepositoryName name, UUID id, String algorithm);

  /** The upload as it stands now, or null if there is none. */
  Future<@Nullable Upload> find(RepositoryName name, UUID id);

  /**
   * Removes uploads that have long been left alone.
   *
   * @param before when the last change of them was
   * @param dryRun true: only says which
   * @return how many
   */
  Future<Integer> purge(Instant before, boolean dryRun);
}
