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
import io.vertx.core.Future;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
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
  private final SingleFlight<Key, Long> heads = new SingleFlight<>();

  private record Key(RepositoryName name, Digest digest) {}

  BlobCache(UpstreamClient client, LocalRegistry local, Fills fills, KnownSizes sizes) {
    this.upstream = client.upstream();
    this.remote = new RemoteRegistry(client);
    this.local = local;
    this.fills = fills;
    this.sizes = sizes;
    this.failures = client.failures();
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
                            stored != null
                                ? Future.succeededFuture(content(stored, Outcome.Kind.HIT))
                                : fill(name, digest))
                    .compose(
                        found -> linked ? Future.succeededFuture(found) : proven(name, found)));
  }

  private Future<BlobContent> fill(RepositoryName name, Digest digest) {
    return fills
        .join(digest, new Origin(name, digest))
        .map(
            joined ->
                content(
                    joined.blob(), joined.started() ? Outcome.Kind.MISS : Outcome.Kind.COLLAPSED));
  }

  private BlobContent content(Blob blob, Outcome.Kind kind) {
    return new BlobContent(blob, Outcome.of(kind, upstream.name()));
  }

  /**
   * Before bytes that came through another repository are shown to this one's readers, the upstream
   * must say that this one has them too. A fetch through this repository is itself the proof.
   */
  private Future<BlobContent> proven(RepositoryName name, BlobContent found) {
    if (found.outcome().kind() == Outcome.Kind.MISS) {
      return Future.succeededFuture(found);
    }
    var digest = found.blob().digest();
    return ask(name, digest)
        .compose(size -> link(name, digest))
        .map(found)
        .onFailure(e -> found.blob().close());
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
    return new BlobHead(size, Outcome.of(kind, upstream.name()));
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

  /** A fill that a reader of one repository begins. */
  private final class Origin implements Fills.Origin {
    private final RepositoryName name;
    private final Digest digest;

    private Origin(RepositoryName name, Digest digest) {
      this.name = name;
      this.digest = digest;
    }

    @Override
    public RepositoryName repository() {
      return name;
    }

    @Override
    public Future<Answer> begin() {
      return remote.blob(name, digest);
    }

    @Override
    public long expectedSize() {
      return sizes.of(name, digest);
    }

    @Override
    public Future<Void> published() {
      return link(name, digest);
    }

    @Override
    public void broke(Throwable cause) {
      if (cause instanceof UpstreamFailure failure) {
        failures.failed(failure, digest + " of " + name + " was not stored");
      } else if (cause instanceof IOException || cause instanceof RejectedExecutionException) {
        LOG.warn("{} of {} was not stored: {}", digest, name, Reason.of(cause));
      } else {
        LOG.error("{} of {} was not stored", digest, name, cause);
      }
    }
  }
}
