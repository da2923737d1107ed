package io.layover.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Manifest;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.BlobStore;
import io.layover.storage.ReferrerStore;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The images in the store. */
public final class LocalRegistry implements Source {
  private static final int MEMORY = 16 << 20;
  private static final int OVERHEAD = 512;

  private final BlobStore blobs;
  private final RepositoryStore repositories;
  private final Referrers referrers;
  private final Cache<Digest, Loaded> manifests =
      Caffeine.newBuilder()
          .executor(Runnable::run)
          .maximumWeight(MEMORY)
          .weigher((Digest digest, Loaded loaded) -> loaded.body.length() + OVERHEAD)
          .build();

  private record Loaded(String mediaType, Buffer body) {}

  public LocalRegistry(BlobStore blobs, RepositoryStore repositories, ReferrerStore referrerStore) {
    this.blobs = blobs;
    this.repositories = repositories;
    this.referrers = new Referrers(referrerStore, this::content, repositories);
  }

  public BlobStore blobs() {
    return blobs;
  }

  public RepositoryStore repositories() {
    return repositories;
  }

  /** Which manifests refer to others. */
  public Referrers referrers() {
    return referrers;
  }

  @Override
  public Future<ManifestContent> manifest(RepositoryName name, Reference reference) {
    return switch (reference) {
      case Tag tag -> manifestByTag(name, tag, null);
      case Digest digest -> manifestByDigest(name, digest);
    };
  }

  /**
   * What a tag points at.
   *
   * @param gone what it pointed at a moment ago, and is there no more: the tag has moved since, or
   *     has no manifest either
   */
  private Future<ManifestContent> manifestByTag(
      RepositoryName name, Tag tag, @Nullable Digest gone) {
    return repositories
        .resolve(name, tag)
        .compose(
            digest ->
                digest == null || digest.equals(gone)
                    ? unknown(name, tag)
                    : manifestByDigest(name, digest)
                        .recover(
                            e ->
                                e instanceof RegistryException known
                                        && known.code() == ErrorCode.MANIFEST_UNKNOWN
                                    ? manifestByTag(name, tag, digest)
                                    : Future.failedFuture(e)));
  }

  @Override
  public Future<ManifestContent> manifestHead(RepositoryName name, Reference reference) {
    return manifest(name, reference);
  }

  private Future<ManifestContent> manifestByDigest(RepositoryName name, Digest digest) {
    return repositories
        .isLinked(name, Kind.MANIFEST, digest)
        .compose(linked -> linked ? load(digest) : Future.succeededFuture())
        .compose(
            loaded ->
                loaded == null
                    ? unknown(name, digest)
                    : Future.succeededFuture(
                        new ManifestContent(
                            digest,
                            loaded.mediaType,
                            loaded.body.length(),
                            loaded.body,
                            Outcome.HOSTED)));
  }

  private Future<@Nullable Loaded> load(Digest digest) {
    var known = manifests.getIfPresent(digest);
    if (known != null) {
      return Future.succeededFuture(known);
    }
    return blobs
        .read(digest)
        .map(
            body -> {
              if (body == null) {
                return null;
              }
              var loaded = new Loaded(Manifest.parse(body.getBytes(), null).mediaType(), body);
              manifests.put(digest, loaded);
              return loaded;
            });
  }

  private static Future<ManifestContent> unknown(RepositoryName name, Reference reference) {
    return Future.failedFuture(
        new RegistryException(
            ErrorCode.MANIFEST_UNKNOWN,
            "there is no manifest " + reference + " in " + name,
            reference.toString()));
  }

  @Override
  public Future<BlobContent> blob(RepositoryName name, Digest digest) {
    return repositories
        .isLinked(name, Kind.LAYER, digest)
        .compose(linked -> linked ? blobs.open(digest) : Future.succeededFuture())
        .compose(
            blob ->
                blob == null
                    ? Future.failedFuture(unknownBlob(name, digest))
                    : Future.succeededFuture(new BlobContent(blob, Outcome.HOSTED)));
  }

  @Override
  public Future<BlobHead> blobHead(RepositoryName name, Digest digest) {
    return repositories
        .isLinked(name, Kind.LAYER, digest)
        .compose(linked -> linked ? blobs.size(digest) : Future.succeededFuture())
        .compose(
            size ->
                size == null
                    ? Future.failedFuture(unknownBlob(name, digest))
                    : Future.succeededFuture(new BlobHead(size, Outcome.HOSTED)));
  }

  private static RegistryException unknownBlob(RepositoryName name, Digest digest) {
    return new RegistryException(
        ErrorCode.BLOB_UNKNOWN, "there is no such blob in " + name, digest.toString());
  }

  @Override
  public Future<TagPage> tags(RepositoryName name, @Nullable String last, int limit) {
    return repositories
        .exists(name)
        .compose(
            exists ->
                exists
                    ? repositories
                        .tags(name, last, limit)
                        .map(tags -> new TagPage(tags, Outcome.HOSTED))
                    : Future.failedFuture(
                        new RegistryException(
                            ErrorCode.NAME_UNKNOWN, "there is no repository " + name)));
  }

  @Override
  public Future<ReferrerPage> referrers(
      RepositoryName name,
      Digest subject,
      @Nullable String artifactType,
      @Nullable Digest last,
      int limit) {
    return referrers.list(name, subject, artifactType, last, limit);
  }

  /**
   * At most {@code limit} repositories in the order of their paths that come after {@code last}.
   */
  public Future<List<String>> catalog(@Nullable String last, int limit) {
    return repositories.repositories(last, limit);
  }

  @Override
  public Future<JsonObject> explain(RepositoryName name, Reference reference) {
    return manifest(name, reference)
        .map(
            found ->
                new JsonObject()
                    .put("answer", "the one that was pushed here")
                    .put("requests", new JsonArray())
                    .put("digest", found.digest().toString())
                    .put("mediaType", found.mediaType())
                    .put("size", found.size()))
        .recover(
            e ->
                e instanceof RegistryException known && known.code() == ErrorCode.MANIFEST_UNKNOWN
                    ? Future.succeededFuture(
                        new JsonObject()
                            .put("answer", "404, as it was never pushed here, or deleted")
                            .put("requests", new JsonArray()))
                    : Future.failedFuture(e));
  }

  /** Stores a manifest that is known to be {@code digest}. */
  public Future<Void> store(
      RepositoryName name, Digest digest, Manifest manifest, Buffer body, Durability durability) {
    return blobs
        .keeping(
            digest,
            () ->
                blobs
                    .put(digest, body)
                    .compose(v -> repositories.link(name, Kind.MANIFEST, digest, durability)))
        .onSuccess(v -> manifests.put(digest, new Loaded(manifest.mediaType(), body)));
  }

  /** The bytes of a manifest of a repository, or null. */
  Future<@Nullable Buffer> content(RepositoryName name, Digest digest) {
    return repositories
        .isLinked(name, Kind.MANIFEST, digest)
        .compose(linked -> linked ? load(digest) : Future.succeededFuture())
        .map(loaded -> loaded == null ? null : loaded.body);
  }
}
