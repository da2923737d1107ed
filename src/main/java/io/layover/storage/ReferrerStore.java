package io.layover.storage;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which manifests of a repository refer to which subject. All of it can be found again in the
 * manifests themselves.
 */
public interface ReferrerStore {
  /** Notes that the manifest {@code descriptor} describes refers to {@code subject}. */
  Future<Void> add(RepositoryName name, Digest subject, Digest referrer, JsonObject descriptor);

  Future<Void> remove(RepositoryName name, Digest subject, Digest referrer);

  /**
   * The descriptors of at most {@code limit} referrers after {@code last}, in a stable order; fewer
   * if they are large, but none only at the end.
   */
  Future<List<JsonObject>> list(
      RepositoryName name, Digest subject, @Nullable Digest last, int limit);

  /** True if every manifest that the repository had before is in the notes. */
  Future<Boolean> isComplete(RepositoryName name);

  Future<Void> setComplete(RepositoryName name);

  /** The document that {@link #keep} was given last, or null. */
  Future<@Nullable Buffer> kept(RepositoryName name, Digest subject);

  /**
   * Keeps what an upstream says refers to {@code subject}, apart from the notes.
   *
   * @param document absent: nothing is kept any more
   */
  Future<Void> keep(RepositoryName name, Digest subject, @Nullable Buffer document);
}
