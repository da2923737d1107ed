package io.layover.upstream;

import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.BlobContent;
import io.layover.registry.BlobHead;
import io.layover.registry.LocalRegistry;
import io.layover.registry.Outcome;
import io.layover.storage.Blob;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The blobs of an upstream: from the store, from a fill that is running, or from a new one. */
final class BlobCache {
  private static final Logger LOG = LoggerFactory.getLogger(BlobCache.class);

  private final Upstream upstream;
  private final RemoteRegistry remote;
  private final LocalRegistry local;
  private final Fills fills;
  private final KnownSizes sizes;
  private final FailureLog failures;
  private final FillMeters meters;
  private final UpstreamMeters refusals;
  private final SingleFlight<Key, Long> heads = new SingleFlight<>();

  private record Key(RepositoryName name, Digest digest) {}

  BlobCache(
      UpstreamClient client,
      LocalRegistry local,
      Fills fills,
      KnownSizes sizes,
      MeterRegistry registry) {
    this.upstream = client.upstream();
    this.remote = new RemoteRegistry(client);
    this.local = local;
    this.fills = fills;
    this.sizes = sizes;
    this.failures = client.failures();
    this.meters = new FillMeters(registry, upstream.name());
    this.refusals = client.meters();
  }

  Future<BlobContent> get(RepositoryName name, Digest digest) {
    return isLinked(name, digest)
        .compose(
            linked ->
                local
                    .blobs()
                    .open(digest)
                    .compose(
                        stored ->
                            linked && stored != null
                                ? Future.succeededFuture(spared(stored, Outcome.Kind.HIT))
                                : get(name, digest, stored, linked)));
  }

  /** What is no plain hit. */
  private Future<BlobContent> get(
      RepositoryName name, Digest digest, @Nullable Blob stored, boolean linked) {
    var found =
        stored == null
            ? fill(name, digest)
            : Future.succeededFuture(new Found(spared(stored, Outcome.Kind.HIT), false));
    return (linked ? found : found.compose(one -> proven(name, one))).map(Found::content);
  }

  /**
   * A blob for a reader.
   *
   * @param proof true if the upstream gave it to this very repository just now
   */
  private record Found(BlobContent content, boolean proof) {}

  private Future<Found> fill(RepositoryName name, Digest digest) {
    return fills
        .join(digest, new Source(name, digest))
        .map(
            joined -> {
              if (joined.stored() && !joined.started()) {
                return new Found(spared(joined.blob(), Outcome.Kind.COLLAPSED), joined.proven());
              }
              var kind = joined.stored() ? Outcome.Kind.MISS : Outcome.Kind.PASS;
              return new Found(new BlobContent(joined.blob(), outcome(kind)), joined.proven());
            });
  }

  /** A blob that costs the upstream nothing more. */
  private BlobContent spared(Blob blob, Outcome.Kind kind) {
    return new BlobContent(blob, outcome(kind), meters::avoided);
  }

  private Outcome outcome(Outcome.Kind kind) {
    return Outcome.of(kind, upstream.name());
  }

  /**
   * Before bytes that came through another repository are shown to this one's readers, the upstream
   * must say that this one has them too. A fetch through this repository is itself the proof.
   */
  private Future<Found> proven(RepositoryName name, Found found) {
    if (found.proof()) {
      return Future.succeededFuture(found);
    }
    var blob = found.content().blob();
    return ask(name, blob.digest())
        .compose(size -> link(name, blob.digest()).otherwise(e -> unlinked(name, blob.digest(), e)))
        .map(found)
        .onFailure(e -> blob.close());
  }

  /** It will be proven once more; that is no reason to refuse it. */
  private static @Nullable Void unlinked(RepositoryName name, Digest digest, Throwable e) {
    LOG.warn("{} could not be linked into {}: {}", digest, name, Reason.of(e));
    return null;
  }

  Future<BlobHead> head(RepositoryName name, Digest digest) {
    return isLinked(name, digest)
        .compose(linked -> linked ? local.blobs().size(digest) : Future.succeededFuture())
        .compose(
            size ->
                size != null
                    ? Future.succeededFuture(head(size, Outcome.Kind.HIT))
                    : headOfMissing(name, digest));
  }

  /** A manifest of this repository may have said it all. */
  private Future<BlobHead> headOfMissing(RepositoryName name, Digest digest) {
    var known = sizes.of(name, digest);
    return isLinked(name, digest)
        .compose(
            linked ->
                linked && known != Blob.UNKNOWN ? Future.succeededFuture(known) : ask(name, digest))
        .map(size -> head(size, Outcome.Kind.PASS));
  }

  private BlobHead head(long size, Outcome.Kind kind) {
    return new BlobHead(size, outcome(kind));
  }

  private Future<Long> ask(RepositoryName name, Digest digest) {
    return heads.get(new Key(name, digest), () -> remote.blobSize(name, digest));
  }

  private Future<Boolean> isLinked(RepositoryName name, Digest digest) {
    return local.repositories().isLinked(name, Kind.LAYER, digest);
  }

  private Future<Void> link(RepositoryName name, Digest digest) {
    return local.repositories().link(name, Kind.LAYER, digest, Durability.CACHED);
  }

  /** A repository as the place that a blob comes from. */
  private final class Source implements Origin {
    private final RepositoryName name;
    private final Digest digest;

    private Source(RepositoryName name, Digest digest) {
      this.name = name;
      this.digest = digest;
    }

    @Override
    public RepositoryName repository() {
      return name;
    }

    @Override
    public long expectedSize() {
      return sizes.of(name, digest);
    }

    @Override
    public Future<Piece> begin(long from, long to, long size) {
      return remote.blob(name, digest, from, to, size);
    }

    @Override
    public Future<Void> published() {
      return link(name, digest);
    }

    @Override
    public void failed(UpstreamFailure cause, String what) {
      failures.failed(cause, "%s of %s %s".formatted(digest, name, what));
    }

    @Override
    public UpstreamFailure refuse(Refusal reason, String message) {
      var failure = UpstreamFailure.refused(reason, message);
      refusals.failed(failure);
      return failure;
    }

    @Override
    public void uncached(Throwable cause) {
      LOG.warn("{} of {} is passed through and not stored: {}", digest, name, Reason.of(cause));
    }

    @Override
    public void broke(Throwable cause) {
      if (cause instanceof UpstreamFailure failure) {
        failed(failure, "was not stored");
      } else if (cause instanceof CancellationException) {
        LOG.info("{} of {} is left as it is: {}", digest, name, Reason.of(cause));
      } else if (cause instanceof RejectedExecutionException) {
        LOG.warn("{} of {} was not stored: {}", digest, name, Reason.of(cause));
      } else {
        LOG.error("{} of {} was not stored", digest, name, cause);
      }
    }

    @Override
    public FillMeters meters() {
      return meters;
    }
  }
}
