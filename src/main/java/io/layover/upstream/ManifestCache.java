package io.layover.upstream;

import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Manifest;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.LocalRegistry;
import io.layover.registry.ManifestContent;
import io.layover.registry.Outcome;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.vertx.core.Future;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The manifests of an upstream: read from the store, or fetched once and stored. */
final class ManifestCache {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestCache.class);

  private final Upstream upstream;
  private final RemoteRegistry remote;
  private final LocalRegistry local;
  private final KnownSizes sizes;
  private final UpstreamMeters meters;
  private final SingleFlight<Key, ManifestContent> fetches = new SingleFlight<>();

  private record Key(RepositoryName name, Reference reference) {}

  ManifestCache(
      UpstreamClient client, RemoteRegistry remote, LocalRegistry local, KnownSizes sizes) {
    this.upstream = client.upstream();
    this.meters = client.meters();
    this.remote = remote;
    this.local = local;
    this.sizes = sizes;
  }

  /** The manifest, from the store if it is there. */
  Future<ManifestContent> get(RepositoryName name, Digest digest) {
    return stored(name, digest)
        .compose(hit -> hit != null ? Future.succeededFuture(hit) : fetch(name, digest));
  }

  /** The manifest in the store, or null. */
  Future<@Nullable ManifestContent> stored(RepositoryName name, Reference reference) {
    return local
        .manifest(name, reference)
        .map(
            found -> {
              sizes.learn(name, found);
              return found.as(Outcome.of(Outcome.Kind.HIT, upstream.name()));
            })
        .recover(e -> isUnknown(e) ? Future.succeededFuture() : Future.failedFuture(e));
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof RegistryException known && known.code() == ErrorCode.MANIFEST_UNKNOWN;
  }

  /** Fetches a manifest and stores it; many who ask at once share one request. */
  Future<ManifestContent> fetch(RepositoryName name, Reference reference) {
    return fetches.get(
        new Key(name, reference),
        () -> remote.manifest(name, reference).compose(fetched -> store(name, fetched)),
        content -> content.as(Outcome.of(Outcome.Kind.COLLAPSED, upstream.name())));
  }

  private Future<ManifestContent> store(RepositoryName name, RemoteRegistry.Fetched fetched) {
    var digest = fetched.digest();
    var manifest = fetched.manifest();
    sizes.learn(name, digest, manifest);
    return storeVisibly(name, fetched)
        .compose(v -> linkBlobs(name, manifest))
        .compose(v -> local.referrers().add(name, digest, manifest, fetched.body().length()))
        .map(Outcome.Kind.MISS)
        .recover(e -> passed(name, digest, e))
        .map(
            kind ->
                new ManifestContent(
                    digest,
                    manifest.mediaType(),
                    fetched.body().length(),
                    fetched.body(),
                    Outcome.of(kind, upstream.name())));
  }

  /** A collection of garbage may have taken it away before it was linked to, and not seen that. */
  private Future<Void> storeVisibly(RepositoryName name, RemoteRegistry.Fetched fetched) {
    return storeOnce(name, fetched)
        .compose(v -> local.blobs().isStored(fetched.digest()))
        .compose(there -> there ? Future.succeededFuture() : storeOnce(name, fetched));
  }

  private Future<Void> storeOnce(RepositoryName name, RemoteRegistry.Fetched fetched) {
    return local.store(
        name, fetched.digest(), fetched.manifest(), fetched.body(), Durability.CACHED);
  }

  /** A storage that cannot be written is no reason to withhold what has come. */
  private Future<Outcome.Kind> passed(RepositoryName name, Digest digest, Throwable e) {
    if (!(e instanceof IOException)) {
      return Future.failedFuture(e);
    }
    meters.uncached("manifest");
    LOG.warn("{} of {} is passed through and not stored: {}", digest, name, Reason.of(e));
    return Future.succeededFuture(Outcome.Kind.PASS);
  }

  /**
   * The manifest proves that this repository may read what it refers to, as no registry takes one
   * whose blobs are not there. Foreign layers need not be there, so they prove nothing.
   */
  private Future<Void> linkBlobs(RepositoryName name, Manifest manifest) {
    return Future.join(
            manifest.blobs().stream()
                .filter(blob -> !blob.isForeign())
                .map(
                    blob ->
                        local
                            .repositories()
                            .link(
                                name, RepositoryStore.Kind.LAYER, blob.digest(), Durability.CACHED))
                .toList())
        .mapEmpty();
  }
}
