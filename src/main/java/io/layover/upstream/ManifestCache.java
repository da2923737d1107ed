package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Manifest;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.LocalRegistry;
import io.layover.registry.ManifestContent;
import io.layover.registry.Outcome;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The manifests of an upstream: a tag is resolved by HEAD, a manifest fetched once, by digest. */
final class ManifestCache {
  private static final Logger LOG = LoggerFactory.getLogger(ManifestCache.class);

  private final Upstream upstream;
  private final RemoteRegistry remote;
  private final LocalRegistry local;
  private final KnownSizes sizes;
  private final FailureLog failures;
  private final SingleFlight<Key, ManifestContent> fetches = new SingleFlight<>();
  private final SingleFlight<Key, RemoteRegistry.Head> heads = new SingleFlight<>();
  private final Cache<Key, Boolean> freshTags;

  /** Tags that clients were told of by a HEAD, until they fetch the manifest by its digest. */
  private final Cache<Key, Tag> announced =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Duration.ofMinutes(10)).build();

  private record Key(RepositoryName name, Reference reference) {}

  ManifestCache(UpstreamClient client, LocalRegistry local, KnownSizes sizes) {
    this.upstream = client.upstream();
    this.remote = new RemoteRegistry(client);
    this.local = local;
    this.sizes = sizes;
    this.failures = client.failures();
    this.freshTags =
        Caffeine.newBuilder()
            .maximumSize(100_000)
            .expireAfterWrite(upstream.freshness().tagTtl())
            .build();
  }

  /**
   * The manifest.
   *
   * @param headOnly true if its body need not be fetched for this
   */
  Future<ManifestContent> get(RepositoryName name, Reference reference, boolean headOnly) {
    return switch (reference) {
      case Digest digest ->
          stored(name, digest, Outcome.Kind.HIT)
              .compose(hit -> hit != null ? Future.succeededFuture(hit) : fetch(name, digest));
      case Tag tag -> byTag(name, tag, headOnly);
    };
  }

  private Future<ManifestContent> byTag(RepositoryName name, Tag tag, boolean headOnly) {
    if (freshTags.getIfPresent(new Key(name, tag)) == null) {
      return ask(name, tag, headOnly);
    }
    return stored(name, tag, Outcome.Kind.HIT)
        .compose(hit -> hit != null ? Future.succeededFuture(hit) : ask(name, tag, headOnly));
  }

  private Future<ManifestContent> ask(RepositoryName name, Tag tag, boolean headOnly) {
    return heads
        .get(new Key(name, tag), () -> remote.head(name, tag))
        .compose(head -> resolved(name, tag, head, headOnly))
        .recover(e -> stale(name, tag, e));
  }

  private Future<ManifestContent> resolved(
      RepositoryName name, Tag tag, RemoteRegistry.Head head, boolean headOnly) {
    var digest = head.digest();
    if (digest == null) {
      return fetch(name, tag);
    }
    return stored(name, digest, Outcome.Kind.HIT)
        .compose(
            hit -> {
              if (hit != null) {
                return remember(name, tag, digest)
                    .map(hit.as(hit.outcome().withDetail("revalidated")));
              }
              return headOnly && head.mediaType() != null && head.size() >= 0
                  ? Future.succeededFuture(announce(name, tag, digest, head))
                  : fetch(name, digest)
                      .compose(fetched -> remember(name, tag, digest).map(fetched));
            });
  }

  private ManifestContent announce(
      RepositoryName name, Tag tag, Digest digest, RemoteRegistry.Head head) {
    announced.put(new Key(name, digest), tag);
    return new ManifestContent(
        digest,
        String.valueOf(head.mediaType()),
        head.size(),
        null,
        Outcome.of(Outcome.Kind.PASS, upstream.name()));
  }

  private Future<Void> remember(RepositoryName name, Tag tag, Digest digest) {
    return local
        .repositories()
        .resolve(name, tag)
        .compose(
            known ->
                digest.equals(known)
                    ? Future.succeededFuture()
                    : local.repositories().tag(name, tag, digest, Durability.CACHED))
        .onSuccess(v -> freshTags.put(new Key(name, tag), true));
  }

  /** The tag as it was last seen, if the upstream's failure leaves it open what it is now. */
  private Future<ManifestContent> stale(RepositoryName name, Tag tag, Throwable cause) {
    var failure = cause instanceof UpstreamFailure known ? known : null;
    if (failure != null && failure.kind() == Kind.ABSENT) {
      return Future.failedFuture(cause);
    }
    return stored(name, tag, Outcome.Kind.STALE)
        .compose(
            found -> {
              if (found == null) {
                return Future.failedFuture(cause);
              }
              if (failure == null) {
                LOG.error("{}:{} is answered from the cache", name, tag, cause);
              } else {
                failures.failed(failure, name + ":" + tag + " (answered from the cache)");
              }
              var limited = failure != null && failure.kind() == Kind.LIMITED;
              return Future.succeededFuture(
                  found.as(found.outcome().withDetail(limited ? "limited" : "upstream-failed")));
            });
  }

  private Future<@Nullable ManifestContent> stored(
      RepositoryName name, Reference reference, Outcome.Kind kind) {
    return local
        .manifest(name, reference)
        .map(
            found -> {
              sizes.learn(name, found);
              return found.as(Outcome.of(kind, upstream.name()));
            })
        .recover(e -> isUnknown(e) ? Future.succeededFuture() : Future.failedFuture(e));
  }

  private static boolean isUnknown(Throwable e) {
    return e instanceof RegistryException known && known.code() == ErrorCode.MANIFEST_UNKNOWN;
  }

  /** Fetches a manifest and stores it; many who ask at once share one request. */
  private Future<ManifestContent> fetch(RepositoryName name, Reference reference) {
    var first = new boolean[1];
    return fetches
        .get(
            new Key(name, reference),
            () -> {
              first[0] = true;
              return remote
                  .manifest(name, reference)
                  .compose(fetched -> store(name, reference, fetched));
            })
        .map(
            content ->
                first[0]
                    ? content
                    : content.as(Outcome.of(Outcome.Kind.COLLAPSED, upstream.name())));
  }

  private Future<ManifestContent> store(
      RepositoryName name, Reference reference, RemoteRegistry.Fetched fetched) {
    var digest = fetched.digest();
    var manifest = fetched.manifest();
    return local
        .store(name, digest, manifest, fetched.body(), Durability.CACHED)
        .compose(v -> linkBlobs(name, manifest))
        .compose(
            v -> {
              sizes.learn(name, digest, manifest);
              var tag =
                  reference instanceof Tag asked
                      ? asked
                      : announced.asMap().remove(new Key(name, digest));
              return tag == null ? Future.succeededFuture() : remember(name, tag, digest);
            })
        .map(
            new ManifestContent(
                digest,
                manifest.mediaType(),
                fetched.body().length(),
                fetched.body(),
                Outcome.of(Outcome.Kind.MISS, upstream.name())));
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
