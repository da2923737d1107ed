package io.layover.registry;

import io.layover.oci.Digest;
import io.layover.oci.Reference;
import io.layover.oci.RepositoryName;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Where images are read from: a store, an upstream, or a cache in front of one. Futures fail with a
 * {@link io.layover.oci.RegistryException} that a client may see.
 */
public interface Source {
  /** The manifest, or {@code MANIFEST_UNKNOWN}. */
  Future<ManifestContent> manifest(RepositoryName name, Reference reference);

  /** As {@link #manifest}, but the body may be left out if that saves a fetch. */
  Future<ManifestContent> manifestHead(RepositoryName name, Reference reference);

  /** The blob open for reading, or {@code BLOB_UNKNOWN}. */
  Future<BlobContent> blob(RepositoryName name, Digest digest);

  /** The blob's size without its bytes, or {@code BLOB_UNKNOWN}. */
  Future<BlobHead> blobHead(RepositoryName name, Digest digest);

  /**
   * At most {@code limit} tags in lexical order that come after {@code last}, or {@code
   * NAME_UNKNOWN}.
   */
  Future<TagPage> tags(RepositoryName name, @Nullable String last, int limit);

  /**
   * The manifests that refer to {@code subject}, after {@code last}; none of what is unknown.
   *
   * @param artifactType only those of this type, or all
   * @param limit the most on a page
   */
  Future<ReferrerPage> referrers(
      RepositoryName name,
      Digest subject,
      @Nullable String artifactType,
      @Nullable Digest last,
      int limit);

  /**
   * What a pull of a manifest would be answered now, and why, for people to read: at least {@code
   * answer}, a sentence, and {@code requests}, those that an upstream would be sent.
   */
  Future<JsonObject> explain(RepositoryName name, Reference reference);
}
