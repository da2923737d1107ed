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
import io.layover.registry.Outcome;
import io.layover.registry.PullFailure;
import io.layover.registry.ReferrerPage;
import io.layover.registry.Source;
import io.layover.registry.TagPage;
import io.layover.upstream.UpstreamFailure.Kind;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** An upstream's images, read from the store where they are there and fetched into it where not. */
public final class PullThrough implements Source {
  private final Upstream upstream;
  private final ManifestCache manifests;
  private final Explanation explanation;
  private final TagCache tags;
  private final TagLists tagLists;
  private final ReferrerCache referrers;
  private final BlobCache blobs;
  private final FailureLog failures;
  private final UpstreamMeters meters;
  private final Budget budget;

  public PullThrough(
      UpstreamClient client, LocalRegistry local, Fills fills, MeterRegistry figures) {
    var sizes = new KnownSizes();
    this.upstream = client.upstream();
    var remote = new RemoteRegistry(client);
    var lists = new RemoteLists(client, remote);
    this.manifests = new ManifestCache(client, remote, local, sizes);
    this.tags =
        new TagCache(
            client,
            remote,
            manifests,
            new Confirmations(local.repositories(), client.time(), client.meters()));
    this.explanation = new Explanation(client, remote, manifests, tags);
    this.tagLists = new TagLists(client, lists, local);
    this.referrers = new ReferrerCache(client, lists, tags, local);
    this.blobs = new BlobCache(client, local, fills, sizes, figures);
    this.failures = client.failures();
    this.meters = client.meters();
    this.budget = client.budget();
  }

  @Override
  public Future<ManifestContent> manifest(RepositoryName name, Reference reference) {
    return manifest(name, reference, () -> find(name, reference, false));
  }

  @Override
  public Future<ManifestContent> manifestHead(RepositoryName name, Reference reference) {
    return manifest(name, reference, () -> find(name, reference, true));
  }

  private Future<ManifestContent> manifest(
      RepositoryName name, Reference reference, Supplier<Future<ManifestContent>> answer) {
    return explained(name, reference, ErrorCode.MANIFEST_UNKNOWN, answer)
        .onComplete(content -> meters.manifest(content.outcome()), e -> count(e, meters::manifest));
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
    return explained(name, digest, ErrorCode.BLOB_UNKNOWN, () -> blobs.get(name, digest))
        .onComplete(content -> meters.blob(content.outcome()), e -> count(e, meters::blob));
  }

  @Override
  public Future<BlobHead> blobHead(RepositoryName name, Digest digest) {
    return explained(name, digest, ErrorCode.BLOB_UNKNOWN, () -> blobs.head(name, digest))
        .onComplete(head -> meters.blob(head.outcome()), e -> count(e, meters::blob));
  }

  private static void count(Throwable e, Consumer<Outcome> figure) {
    if (e instanceof PullFailure failure) {
      figure.accept(failure.outcome());
    }
  }

  @Override
  public Future<TagPage> tags(RepositoryName name, @Nullable String last, int limit) {
    return explained(name, null, ErrorCode.NAME_UNKNOWN, () -> tagLists.get(name, last, limit));
  }

  @Override
  public Future<ReferrerPage> referrers(
      RepositoryName name,
      Digest subject,
      @Nullable String artifactType,
      @Nullable Digest last,
      int limit) {
    return explained(
        name,
        subject,
        ErrorCode.NAME_UNKNOWN,
        () -> referrers.get(name, subject, artifactType, last, limit));
  }

  @Override
  public Future<JsonObject> explain(RepositoryName name, Reference reference) {
    return explanation.of(name, reference);
  }

  /**
   * Turns an upstream's failure into what a client may know of it. What the configuration denies
   * fails too, cached or not: who denies a name does not want it served.
   */
  private <T> Future<T> explained(
      RepositoryName name,
      @Nullable Reference reference,
      ErrorCode absent,
      Supplier<Future<T>> answer) {
    var there = upstream.remote(name);
    var found =
        upstream.access().allows(there)
            ? answer.get()
            : Future.<T>failedFuture(UpstreamFailure.denied(there));
    if (found.succeeded()) {
      return found;
    }
    return found.recover(
        e -> {
          if (!(e instanceof UpstreamFailure failure)) {
            return Future.failedFuture(e);
          }
          failures.failed(failure, reference == null ? name.value() : reference + " of " + name);
          return Future.failedFuture(
              UpstreamErrors.toClient(
                  upstream.name(), name, reference, absent, timed(failure, absent)));
        });
  }

  /** A client that is limited is always told how long. */
  private UpstreamFailure timed(UpstreamFailure failure, ErrorCode absent) {
    var ask = absent == ErrorCode.MANIFEST_UNKNOWN ? Ask.PULL : Ask.OTHER;
    return failure.kind() == Kind.LIMITED ? failure.orRetryAfter(budget.rest(ask)) : failure;
  }
}
