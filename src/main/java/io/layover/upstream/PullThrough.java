package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.BlobContent;
import io.layover.registry.BlobHead;
import io.layover.registry.LocalRegistry;
import io.layover.registry.ManifestContent;
import io.layover.registry.Outcome;
import io.layover.registry.Source;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An upstream's images, read from the store where they are there and fetched into it where not. */
public final class PullThrough implements Source {
  private final RemoteRegistry remote;
  private final LocalRegistry local;
  private final Fills fills;
  private final Upstream upstream;
  private final FailureLog failures;
  private final SingleFlight<Key, ManifestContent> fetches = new SingleFlight<>();
  private final SingleFlight<Key, RemoteRegistry.Head> heads = new SingleFlight<>();
  private final SingleFlight<Key, Long> blobHeads = new SingleFlight<>();
  private final Cache<Key, Boolean> freshTags;

  /** Tags that clients were told of by a HEAD, until they fetch the manifest by its digest. */
  private final Cache<Key, Tag> announced =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Duration.ofMinutes(10)).build();

  private record Key(RepositoryName name, Reference reference) {}

  public PullThrough(UpstreamClient client, LocalRegistry local, Fills fills) {
    this.remote = new RemoteRegistry(client);
    this.local = local;
    this.fills = fills;
    this.upstream = client.upstream();
    this.failures = new FailureLog(upstream.name());
    this.freshTags =
        Caffeine.newBuilder().maximumSize(100_000).expireAfterWrite(upstream.tagTtl()).build();
  }

  @Override
  public Future<ManifestContent> manifest(RepositoryName name, Reference reference) {
    return explained(
        name,
        reference,
        ErrorCode.MANIFEST_UNKNOWN,
        switch (reference) {
          case Digest digest -> manifestByDigest(name, digest);
          case Tag tag -> manifestByTag(name, tag, false);
        });
  }

  @Override
  public Future<ManifestContent> manifestHead(RepositoryName name, Reference reference) {
    return explained(
        name,
        reference,
        ErrorCode.MANIFEST_UNKNOWN,
        switch (reference) {
          case Digest digest -> manifestByDigest(name, digest);
          case Tag tag -> manifestByTag(name, tag, true);
        });
  }

  private Future<ManifestContent> manifestByDigest(RepositoryName name, Digest digest) {
    return stored(name, digest, Outcome.Kind.HIT)
        .compose(hit -> hit != null ? Future.succeededFuture(hit) : fetch(name, digest));
  }

  private Future<ManifestContent> manifestByTag(RepositoryName name, Tag tag, boolean headOnly) {
    if (freshTags.getIfPresent(new Key(name, tag)) != null) {
      return stored(name, tag, Outcome.Kind.HIT)
          .compose(hit -> hit != null ? Future.succeededFuture(hit) : ask(name, tag, headOnly));
    }
    return ask(name, tag, headOnly);
  }

  private Future<ManifestContent> ask(RepositoryName name, Tag tag, boolean headOnly) {
    return heads
        .get(new Key(name, tag), () -> remote.head(name, tag))
        .onSuccess(head -> failures.succeeded())
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
    if (cause instanceof UpstreamFailure failure && failure.kind() == Kind.ABSENT) {
      return Future.failedFuture(cause);
    }
    return stored(name, tag, Outcome.Kind.STALE)
        .compose(
            found -> {
              if (found == null) {
                return Future.failedFuture(cause);
              }
              if (cause instanceof UpstreamFailure failure) {
                failures.failed(name + ":" + tag + " is answered from the cache", failure);
              }
              return Future.succeededFuture(found.as(found.outcome().withDetail(word(cause))));
            });
  }

  private static String word(Throwable cause) {
    return cause instanceof UpstreamFailure failure && failure.kind() == Kind.LIMITED
        ? "limited"
        : "upstream-failed";
  }

  private Future<@Nullable ManifestContent> stored(
      RepositoryName name, Reference reference, Outcome.Kind kind) {
    return local
        .manifest(name, reference)
        .map(found -> found.as(Outcome.of(kind, upstream.name())))
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
    return local
        .store(name, digest, fetched.manifest(), fetched.body(), Durability.CACHED)
        .compose(
            v ->
                // The manifest proves that this repository may read what it refers to.
                Future.join(
                    fetched.manifest().blobs().stream()
                        .map(
                            blob ->
                                local
                                    .repositories()
                                    .link(
                                        name,
                                        RepositoryStore.Kind.LAYER,
                                        blob.digest(),
                                        Durability.CACHED))
                        .toList()))
        .compose(
            v -> {
              var tag =
                  reference instanceof Tag asked
                      ? asked
                      : announced.asMap().remove(new Key(name, digest));
              return tag == null ? Future.succeededFuture() : remember(name, tag, digest);
            })
        .map(
            new ManifestContent(
                digest,
                fetched.manifest().mediaType(),
                fetched.body().length(),
                fetched.body(),
                Outcome.of(Outcome.Kind.MISS, upstream.name())));
  }

  @Override
  public Future<BlobContent> blob(RepositoryName name, Digest digest) {
    return explained(
        name,
        digest,
        ErrorCode.BLOB_UNKNOWN,
        mayRead(name, digest)
            .compose(allowed -> allowed ? Future.succeededFuture() : prove(name, digest))
            .compose(v -> local.blobs().open(digest))
            .compose(
                stored ->
                    stored != null
                        ? Future.succeededFuture(
                            new BlobContent(stored, Outcome.of(Outcome.Kind.HIT, upstream.name())))
                        : fill(name, digest)));
  }

  private Future<BlobContent> fill(RepositoryName name, Digest digest) {
    return fills
        .join(digest, () -> remote.blob(name, digest), () -> linkLayer(name, digest))
        .map(
            joined ->
                new BlobContent(
                    joined.blob(),
                    Outcome.of(
                        joined.started() ? Outcome.Kind.MISS : Outcome.Kind.COLLAPSED,
                        upstream.name())));
  }

  private Future<Boolean> mayRead(RepositoryName name, Digest digest) {
    return local.repositories().isLinked(name, RepositoryStore.Kind.LAYER, digest);
  }

  /**
   * Before bytes that came through another repository are shown to this one's readers, the upstream
   * must say that this one has them too. What is not here at all needs no proof: fetching it is
   * one.
   */
  private Future<Void> prove(RepositoryName name, Digest digest) {
    return local
        .blobs()
        .size(digest)
        .compose(
            size ->
                size == null && !fills.isRunning(digest)
                    ? Future.succeededFuture()
                    : remoteSize(name, digest).compose(v -> linkLayer(name, digest)));
  }

  private Future<Void> linkLayer(RepositoryName name, Digest digest) {
    return local.repositories().link(name, RepositoryStore.Kind.LAYER, digest, Durability.CACHED);
  }

  private Future<Long> remoteSize(RepositoryName name, Digest digest) {
    return blobHeads.get(new Key(name, digest), () -> remote.blobSize(name, digest));
  }

  @Override
  public Future<BlobHead> blobHead(RepositoryName name, Digest digest) {
    return explained(
        name,
        digest,
        ErrorCode.BLOB_UNKNOWN,
        mayRead(name, digest)
            .compose(allowed -> allowed ? local.blobs().size(digest) : Future.succeededFuture())
            .compose(
                size ->
                    size != null
                        ? Future.succeededFuture(
                            new BlobHead(size, Outcome.of(Outcome.Kind.HIT, upstream.name())))
                        : remoteSize(name, digest)
                            .map(
                                there ->
                                    new BlobHead(
                                        there, Outcome.of(Outcome.Kind.PASS, upstream.name())))));
  }

  @Override
  public Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    return explained(
        name,
        null,
        ErrorCode.NAME_UNKNOWN,
        remote
            .tags(name, last, limit)
            .recover(
                e ->
                    e instanceof UpstreamFailure failure && failure.kind() == Kind.ABSENT
                        ? Future.failedFuture(e)
                        : local.tags(name, last, limit)));
  }

  /** Turns an upstream's failure into what a client may know of it. */
  private <T> Future<T> explained(
      RepositoryName name, @Nullable Reference reference, ErrorCode absent, Future<T> answer) {
    return answer.recover(
        e -> {
          if (!(e instanceof UpstreamFailure failure)) {
            return Future.failedFuture(e);
          }
          failures.failed(name + (reference == null ? "" : " " + reference), failure);
          return Future.failedFuture(
              UpstreamErrors.toClient(upstream.name(), name, reference, absent, failure));
        });
  }
}
