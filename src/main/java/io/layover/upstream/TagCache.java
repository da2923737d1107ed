package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.futures.Futures;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.ManifestContent;
import io.layover.registry.Outcome;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tags of an upstream. A tag is resolved by HEAD, many who ask at once share one, and the first
 * ones also the manifest that follows; what a tag was last seen to be is answered while it is fresh
 * and, within bounds, while the upstream fails or takes long. What the upstream says of a tag is
 * believed: one that is gone there is gone here.
 */
final class TagCache {
  private static final Logger LOG = LoggerFactory.getLogger(TagCache.class);
  private static final long LONGEST_WAIT = Duration.ofHours(1).toMillis();

  private final Upstream upstream;
  private final RemoteRegistry remote;
  private final ManifestCache manifests;
  private final Confirmations confirmations;
  private final FailureLog failures;
  private final Budget budget;
  private final UpstreamMeters meters;
  private final Ageing ageing;
  private final SingleFlight<Key, RemoteRegistry.Head> heads = new SingleFlight<>();
  private final SingleFlight<First, ManifestContent> firsts = new SingleFlight<>();

  /** Tags that the upstream takes too long to answer for at the moment. */
  private final Set<Key> late = ConcurrentHashMap.newKeySet();

  /** Tags that clients were told of by a HEAD, until they fetch the manifest by its digest. */
  private final Cache<Told, Tag> told =
      Caffeine.newBuilder().maximumSize(10_000).expireAfterWrite(Duration.ofMinutes(10)).build();

  private record Key(RepositoryName name, Tag tag) {
    @Override
    public String toString() {
      return name + ":" + tag;
    }
  }

  /** A tag of which nothing is known yet, and whether its body is wanted. */
  private record First(Key key, boolean headOnly) {}

  private record Told(RepositoryName name, Digest digest) {}

  TagCache(
      UpstreamClient client,
      RemoteRegistry remote,
      ManifestCache manifests,
      Confirmations confirmations) {
    this.upstream = client.upstream();
    this.remote = remote;
    this.manifests = manifests;
    this.confirmations = confirmations;
    this.failures = client.failures();
    this.budget = client.budget();
    this.meters = client.meters();
    this.ageing = client.ageing();
  }

  /**
   * The manifest that the tag points at.
   *
   * @param headOnly true if its body need not be fetched for this
   */
  Future<ManifestContent> get(RepositoryName name, Tag tag, boolean headOnly) {
    var key = new Key(name, tag);
    return known(name, tag)
        .compose(
            known -> {
              if (known == null) {
                return firsts.get(
                    new First(key, headOnly), () -> first(key, headOnly), this::joined);
              }
              if (ageing.isFresh(known)) {
                return Future.succeededFuture(known.content());
              }
              return ageing.isFreshEnough(known)
                  ? Future.succeededFuture(
                      known.content().as(known.content().outcome().withDetail("stretched")))
                  : inTime(key, known, () -> ask(key, known, headOnly));
            });
  }

  /** Who was the first a moment ago has left the tag where it is looked for. */
  private Future<ManifestContent> first(Key key, boolean headOnly) {
    return known(key.name, key.tag)
        .compose(
            known ->
                known != null && ageing.isFresh(known)
                    ? Future.succeededFuture(known.content())
                    : ask(key, known, headOnly));
  }

  private ManifestContent joined(ManifestContent content) {
    return content.outcome().kind() == Outcome.Kind.MISS
        ? content.as(Outcome.of(Outcome.Kind.COLLAPSED, upstream.name()))
        : content;
  }

  /** Takes down that a manifest was fetched whose digest was told for a tag. */
  Future<Void> fetched(RepositoryName name, Digest digest) {
    var tag = told.asMap().remove(new Told(name, digest));
    return tag == null ? Future.succeededFuture() : confirmations.confirm(name, tag, digest);
  }

  /** The tag as it is in the cache, or null. */
  Future<@Nullable KnownTag> known(RepositoryName name, Tag tag) {
    return manifests
        .stored(name, tag)
        .compose(
            content ->
                content == null
                    ? Future.succeededFuture()
                    : confirmations
                        .last(name, tag)
                        .map(at -> new KnownTag(content, at == null ? Instant.EPOCH : at)));
  }

  /** What is known, if the answer takes too long, which is then waited for in the background. */
  private Future<ManifestContent> inTime(
      Key key, KnownTag known, Supplier<Future<ManifestContent>> ask) {
    if (!ageing.mayBeStale(known)) {
      return ask.get();
    }
    if (late.contains(key)) {
      return stale(known, "slow", 0);
    }
    var answer = ask.get();
    var limit = Math.clamp(upstream.freshness().answerWithin().toMillis(), 1, LONGEST_WAIT);
    return Futures.onCallersContext(answer.timeout(limit, TimeUnit.MILLISECONDS))
        .recover(
            e -> {
              if (answer.isComplete()) {
                return answer;
              }
              late.add(key);
              answer.onComplete(done -> late.remove(key));
              return stale(known, "slow", 0);
            });
  }

  private Future<ManifestContent> ask(Key key, @Nullable KnownTag known, boolean headOnly) {
    return heads
        .get(key, () -> remote.head(key.name, key.tag))
        .compose(head -> resolved(key, known, head, headOnly))
        .recover(e -> failed(key, known, e));
  }

  private Future<ManifestContent> resolved(
      Key key, @Nullable KnownTag known, RemoteRegistry.Head head, boolean headOnly) {
    var digest = head.digest();
    if (digest == null) {
      return reserved(known)
          .compose(v -> manifests.fetch(key.name, key.tag))
          .compose(content -> confirmed(key, content));
    }
    return manifests
        .stored(key.name, digest)
        .compose(
            hit -> {
              if (hit != null) {
                return confirmed(key, hit.as(hit.outcome().withDetail("revalidated")));
              }
              return reserved(known)
                  .compose(
                      v ->
                          headOnly && head.mediaType() != null && head.size() >= 0
                              ? Future.succeededFuture(
                                  tell(key, digest, head.mediaType(), head.size()))
                              : fetch(key, known, digest));
            });
  }

  private Future<ManifestContent> fetch(Key key, @Nullable KnownTag known, Digest digest) {
    return manifests
        .fetch(key.name, digest)
        .recover(e -> Future.failedFuture(known == null ? e : contradiction(e)))
        .compose(content -> confirmed(key, content));
  }

  /** Fails where a pull would bring a newer version only, and the last ones are kept. */
  private Future<Void> reserved(@Nullable KnownTag known) {
    if (known == null || !ageing.mayBeStale(known) || budget.level() != Budget.Level.RESERVE) {
      return Future.succeededFuture();
    }
    meters.withheld("reserve");
    return Future.failedFuture(
        UpstreamFailure.withheld(
            Kind.LIMITED, "reserve", "few pulls are left, and kept for what is not cached"));
  }

  private Future<ManifestContent> confirmed(Key key, ManifestContent content) {
    return confirmations.confirm(key.name, key.tag, content.digest()).map(content);
  }

  private ManifestContent tell(Key key, Digest digest, String mediaType, long size) {
    told.put(new Told(key.name, digest), key.tag);
    var outcome = Outcome.of(Outcome.Kind.PASS, upstream.name());
    return new ManifestContent(digest, mediaType, size, null, outcome);
  }

  /** The tag is there, so it is not gone, whatever is said of its manifest. */
  private static Throwable contradiction(Throwable e) {
    return e instanceof UpstreamFailure failure && failure.kind() == Kind.ABSENT
        ? new UpstreamFailure(Kind.BROKEN, "it does not have the manifest that it says a tag is")
        : e;
  }

  /** The tag as it was last seen, if the failure leaves it open what it is now. */
  private Future<ManifestContent> failed(Key key, @Nullable KnownTag known, Throwable cause) {
    if (!(cause instanceof UpstreamFailure failure)) {
      if (known == null) {
        return Future.failedFuture(cause);
      }
      LOG.error("{} is answered from the cache", key, cause);
      return stale(known, "failed", 0);
    }
    if (failure.kind() == Kind.ABSENT) {
      return forget(key, failure).compose(v -> Future.failedFuture(failure));
    }
    if (known == null) {
      return Future.failedFuture(failure);
    }
    if (!ageing.mayBeStale(known)) {
      return Future.failedFuture(failure.beyond(known.confirmed()));
    }
    failures.failed(failure, key + " (answered from the cache)");
    return stale(known, failure.word(), failure.status());
  }

  /** Where access is denied the tag may still be there, for others or for us tomorrow. */
  private Future<Void> forget(Key key, UpstreamFailure failure) {
    return failure.status() == 404 || failure.status() == 410
        ? confirmations.forget(key.name, key.tag)
        : Future.succeededFuture();
  }

  private Future<ManifestContent> stale(KnownTag known, String why, int status) {
    return Future.succeededFuture(
        known.content().as(Outcome.stale(upstream.name(), why, status, known.confirmed())));
  }
}
