package io.layover.registry;

import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Excerpt;
import io.layover.oci.Manifest;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.BlobStore;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Changes to the images of a repository: manifests that are pushed, tags and manifests that are
 * deleted. One change of a repository happens after the other, so that what clients see is always
 * what some order of their requests would have led to.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pushing-manifests">distribution-spec,
 *     Pushing Manifests</a>
 */
public final class Pushes {
  private final LocalRegistry local;
  private final BlobStore blobs;
  private final RepositoryStore repositories;
  private final Referrers referrers;
  private final PushRules rules;
  private final Turns<RepositoryName> turns = new Turns<>();

  public Pushes(
      LocalRegistry local, BlobStore blobs, RepositoryStore repositories, PushRules rules) {
    this.local = local;
    this.blobs = blobs;
    this.repositories = repositories;
    this.referrers = local.referrers();
    this.rules = rules;
  }

  /**
   * What was pushed.
   *
   * @param manifest as it was understood
   */
  public record Pushed(Digest digest, Manifest manifest) {
    /** What the manifest refers to, if anything. */
    public @Nullable Digest subject() {
      return manifest.subject() == null ? null : manifest.subject().digest();
    }
  }

  /**
   * Takes a manifest; when the future completes, all of it survives power loss.
   *
   * @param tags to set besides {@code reference}, if that is one
   * @param contentType as sent, without parameters, or absent
   */
  public Future<Pushed> push(
      RepositoryName name,
      Reference reference,
      List<Tag> tags,
      Buffer body,
      @Nullable String contentType) {
    var bytes = body.getBytes();
    var manifest = Manifest.parse(bytes, contentType);
    var digest = digestOf(reference, bytes);
    requireAllowedUrls(manifest);
    var all = new ArrayList<>(tags);
    if (reference instanceof Tag tag) {
      all.add(tag);
    }
    return requireContent(name, manifest)
        .compose(
            v ->
                turns.take(
                    name,
                    () ->
                        local
                            .store(name, digest, manifest, body, Durability.SYNCED)
                            .compose(w -> requireStillThere(name, digest, manifest))
                            .compose(w -> referrers.add(name, digest, manifest, bytes.length))
                            .compose(w -> setTags(name, digest, all))))
        .map(v -> new Pushed(digest, manifest));
  }

  private Future<Void> setTags(RepositoryName name, Digest digest, List<Tag> tags) {
    Future<Void> set = Future.succeededFuture();
    for (var tag : tags) {
      set = set.compose(v -> repositories.tag(name, tag, digest, Durability.SYNCED));
    }
    return set;
  }

  /** Deletes a tag, or a manifest with every tag on it; {@code MANIFEST_UNKNOWN} if not there. */
  public Future<Void> delete(RepositoryName name, Reference reference) {
    return turns
        .take(
            name,
            () ->
                switch (reference) {
                  case Tag tag -> repositories.untag(name, tag);
                  case Digest digest -> deleteManifest(name, digest);
                })
        .compose(
            deleted ->
                deleted
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new RegistryException(
                            ErrorCode.MANIFEST_UNKNOWN,
                            "there is no manifest " + reference + " in " + name,
                            reference.toString())));
  }

  private Future<Boolean> deleteManifest(RepositoryName name, Digest digest) {
    return local
        .content(name, digest)
        .compose(
            body ->
                body == null
                    ? Future.succeededFuture()
                    : referrers.remove(name, digest, Manifest.parse(body.getBytes(), null)))
        .compose(v -> repositories.untagAll(name, digest))
        .compose(v -> repositories.unlink(name, Kind.MANIFEST, digest));
  }

  /** Takes a blob out of a repository; {@code BLOB_UNKNOWN} if it was not in it. */
  public Future<Void> deleteBlob(RepositoryName name, Digest digest) {
    return repositories
        .unlink(name, Kind.LAYER, digest)
        .compose(
            deleted ->
                deleted
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new RegistryException(
                            ErrorCode.BLOB_UNKNOWN,
                            "there is no such blob in " + name,
                            digest.toString())));
  }

  private static Digest digestOf(Reference reference, byte[] bytes) {
    if (!(reference instanceof Digest expected)) {
      return Digest.sha256(bytes);
    }
    var actual = Digest.of(expected.algorithm(), expected.hasher().digest(bytes));
    if (!actual.equals(expected)) {
      throw new RegistryException(
          ErrorCode.DIGEST_INVALID,
          "the manifest's digest is " + actual + ", not " + expected,
          expected.toString());
    }
    return actual;
  }

  private void requireAllowedUrls(Manifest manifest) {
    for (var layer : manifest.layers()) {
      var url = rules.forbiddenUrl(layer);
      if (url != null) {
        throw new RegistryException(
            ErrorCode.MANIFEST_INVALID,
            "a layer may not come from there; validation.manifests.urls lists what may",
            Excerpt.of(url));
      }
    }
  }

  private Future<Void> requireContent(RepositoryName name, Manifest manifest) {
    var missing = Collections.synchronizedList(new ArrayList<Digest>());
    var checks =
        Stream.concat(
                manifest.blobs().stream()
                    .filter(rules::requires)
                    .map(blob -> check(name, Kind.LAYER, blob, missing)),
                manifest.manifests().stream()
                    .filter(rules::requiresChild)
                    .map(child -> check(name, Kind.MANIFEST, child, missing)))
            .toList();
    return Future.join(checks)
        .compose(v -> missing.isEmpty() ? Future.succeededFuture() : missing(name, missing));
  }

  /**
   * Looks once more, now that the manifest is to be seen: a collection of garbage that did not see
   * it has taken the content away before, and one that takes it away later has seen it.
   */
  private Future<Void> requireStillThere(RepositoryName name, Digest digest, Manifest manifest) {
    var missing = Collections.synchronizedList(new ArrayList<Digest>());
    var looks = new ArrayList<Future<Void>>();
    looks.add(look(digest, missing));
    manifest.blobs().stream()
        .filter(rules::requires)
        .map(Descriptor::digest)
        .map(blob -> repositories.relink(name, Kind.LAYER, blob).compose(v -> look(blob, missing)))
        .forEach(looks::add);
    return Future.join(looks)
        .compose(
            v ->
                missing.isEmpty()
                    ? Future.succeededFuture()
                    : repositories
                        .unlink(name, Kind.MANIFEST, digest)
                        .compose(w -> missing(name, missing)));
  }

  private Future<Void> look(Digest digest, List<Digest> missing) {
    return blobs
        .isStored(digest)
        .map(
            stored -> {
              if (!stored) {
                missing.add(digest);
              }
              return null;
            });
  }

  private static Future<Void> missing(RepositoryName name, List<Digest> missing) {
    return Future.failedFuture(
        new RegistryException(
            ErrorCode.MANIFEST_BLOB_UNKNOWN,
            PushRules.missing(name, missing),
            missing.stream().map(Digest::toString).toList()));
  }

  private Future<Void> check(
      RepositoryName name, Kind kind, Descriptor wanted, List<Digest> missing) {
    return repositories
        .isLinked(name, kind, wanted.digest())
        .compose(linked -> linked ? blobs.size(wanted.digest()) : Future.succeededFuture())
        .compose(
            size -> {
              if (size == null) {
                missing.add(wanted.digest());
              } else if (size != wanted.size()) {
                return Future.failedFuture(
                    new RegistryException(
                        ErrorCode.MANIFEST_INVALID,
                        "%s has %d bytes, but the manifest says %d"
                            .formatted(wanted.digest(), size, wanted.size()),
                        wanted.digest().toString()));
              }
              return Future.succeededFuture();
            });
  }
}
