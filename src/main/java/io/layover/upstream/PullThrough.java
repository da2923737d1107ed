package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Reference;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.BlobContent;
import io.layover.registry.BlobHead;
import io.layover.registry.LocalRegistry;
import io.layover.registry.ManifestContent;
import io.layover.registry.Source;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An upstream's images, read from the store where they are there and fetched into it where not. */
public final class PullThrough implements Source {
  private final Upstream upstream;
  private final RemoteRegistry remote;
  private final LocalRegistry local;
  private final ManifestCache manifests;
  private final TagCache tags;
  private final BlobCache blobs;
  private final FailureLog failures;

  public PullThrough(UpstreamClient client, LocalRegistry local, Fills fills) {
    var sizes = new KnownSizes();
    this.upstream = client.upstream();
    this.remote = new RemoteRegistry(client);
    this.local = local;
    this.manifests = new ManifestCache(upstream, remote, local, sizes);
    this.tags =
        new TagCache(
            client, remote, manifests, new Confirmations(local.repositories(), client.time()));
    this.blobs = new BlobCache(client, local, fills, sizes);
    this.failures = client.failures();
  }

  @Override
  public Future<ManifestContent> manifest(RepositoryName name, Reference reference) {
    return explained(name, reference, ErrorCode.MANIFEST_UNKNOWN, find(name, reference, false));
  }

  @Override
  public Future<ManifestContent> manifestHead(RepositoryName name, Reference reference) {
    return explained(name, reference, ErrorCode.MANIFEST_UNKNOWN, find(name, reference, true));
  }

  private Future<ManifestContent> find(RepositoryName name, Reference reference, boolean headOnly) {
    return switch (reference) {
      case Tag tag -> tags.get(name, tag, headOnly);
      case Digest digest ->
          manifests.get(name, digest).compose(found -> tags.fetched(name, digest).map(found));
    };
  }

  @Override
  public Future<BlobContent> blob(RepositoryName name, Digest digest) {
    return explained(name, digest, ErrorCode.BLOB_UNKNOWN, blobs.get(name, digest));
  }

  @Override
  public Future<BlobHead> blobHead(RepositoryName name, Digest digest) {
    return explained(name, digest, ErrorCode.BLOB_UNKNOWN, blobs.head(name, digest));
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
                e -> {
                  if (!(e instanceof UpstreamFailure failure) || failure.kind() == Kind.ABSENT) {
                    return Future.failedFuture(e);
                  }
                  failures.failed(failure, "tags of " + name + " (answered from the cache)");
                  return local.tags(name, last, limit);
                }));
  }

  /** Turns an upstream's failure into what a client may know of it. */
  private <T> Future<T> explained(
      RepositoryName name, @Nullable Reference reference, ErrorCode absent, Future<T> answer) {
    return answer.recover(
        e -> {
          if (!(e instanceof UpstreamFailure failure)) {
            return Future.failedFuture(e);
          }
          failures.failed(failure, reference == null ? name.value() : reference + " of " + name);
          return Future.failedFuture(
              UpstreamErrors.toClient(upstream.name(), name, reference, absent, failure));
        });
  }
}
