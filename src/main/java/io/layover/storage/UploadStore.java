package io.layover.storage;

import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Uploads in progress: a local file each, which outlives a restart. */
public interface UploadStore {
  /** Makes an empty upload. */
  Future<Void> create(RepositoryName name, UUID id);

  /** The file of an upload, or null if there is no such upload. */
  Future<@Nullable Path> find(RepositoryName name, UUID id);

  /** Forgets an upload and what is left of its file. */
  Future<Void> delete(RepositoryName name, UUID id);
}
