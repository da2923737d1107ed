package io.layover.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.ReferrerPage.Filling;
import io.layover.storage.ReferrerStore;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Manifests that refer to others by {@code subject}. What was pushed to a registry without this
 * API, under tags made of the subject's digest, is found too.
 *
 * @see <a
 *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers">distribution-spec,
 *     Listing Referrers</a>
 */
public final class Referrers {
  private static final int STEP = 200;

  private static final int TAG_ALGORITHM = 32;
  private static final int TAG_HEX = 64;

  private final ReferrerStore store;
  private final Contents contents;
  private final RepositoryStore repositories;
  private final Turns<RepositoryName> scans = new Turns<>();

  /** Fallback tags that were read; what is pushed since then is noted as it comes. */
  private final Cache<Taken, Boolean> taken = Caffeine.newBuilder().maximumSize(10_000).build();

  private record Taken(RepositoryName name, Digest subject, Digest index) {}

  /** Reads manifests. */
  @FunctionalInterface
  interface Contents {
    /** The bytes of a manifest of a repository, or null. */
    Future<@Nullable Buffer> of(RepositoryName name, Digest digest);
  }

  Referrers(ReferrerStore store, Contents contents, RepositoryStore repositories) {
    this.store = store;
    this.contents = contents;
    this.repositories = repositories;
  }

  /** Notes a manifest that was stored, if it refers to another. */
  public Future<Void> add(RepositoryName name, Digest digest, Manifest manifest, int size) {
    var subject = manifest.subject();
    return subject == null
        ? Future.succeededFuture()
        : store.add(name, subject.digest(), digest, describe(digest, manifest, size));
  }

  /** Forgets a manifest that is deleted, if it refers to another. */
  Future<Void> remove(RepositoryName name, Digest digest, Manifest manifest) {
    var subject = manifest.subject();
    return subject == null
        ? Future.succeededFuture()
        : store.remove(name, subject.digest(), digest);
  }

  /** What an upstream was last known to say of a subject, or null. */
  public Future<@Nullable Buffer> kept(RepositoryName name, Digest subject) {
    return store.kept(name, subject);
  }

  /** Keeps what an upstream says of a subject; null for nothing. */
  public Future<Void> keep(RepositoryName name, Digest subject, @Nullable Buffer document) {
    return store.keep(name, subject, document);
  }

  /**
   * The referrers of {@code subject} after {@code last}.
   *
   * @param artifactType only those of this type, or all
   * @param limit the most on a page
   */
  Future<ReferrerPage> list(
      RepositoryName name,
      Digest subject,
      @Nullable String artifactType,
      @Nullable Digest last,
      int limit) {
    return complete(name)
        .compose(v -> takeFallbackTag(name, subject))
        .compose(v -> collect(name, subject, artifactType, last, new Filling(limit)));
  }

  private Future<ReferrerPage> collect(
      RepositoryName name,
      Digest subject,
      @Nullable String artifactType,
      @Nullable Digest last,
      Filling page) {
    // One more than there is room for tells whether there are more.
    return store
        .list(name, subject, last, Math.min(STEP, page.room()) + 1)
        .compose(
            step ->
                Future.all(step.stream().map(one -> isThere(name, one)).toList())
                    .compose(
                        there -> {
                          for (var i = 0; i < step.size(); i++) {
                            var descriptor = step.get(i);
                            if (there.<Boolean>resultAt(i)
                                && (artifactType == null
                                    || artifactType.equals(descriptor.getString("artifactType")))
                                && !page.add(descriptor)) {
                              return Future.succeededFuture(page.full(Outcome.HOSTED));
                            }
                          }
                          return step.isEmpty()
                              ? Future.succeededFuture(page.upTo(null, Outcome.HOSTED))
                              : collect(
                                  name,
                                  subject,
                                  artifactType,
                                  ReferrerPage.digestOf(step.getLast()),
                                  page);
                        }));
  }

  /** False for a note whose manifest another program has deleted. */
  private Future<Boolean> isThere(RepositoryName name, JsonObject descriptor) {
    return repositories.isLinked(name, Kind.MANIFEST, ReferrerPage.digestOf(descriptor));
  }

  /** Looks through a repository that was written without these notes, once. */
  private Future<Void> complete(RepositoryName name) {
    return store
        .isComplete(name)
        .compose(
            complete ->
                complete
                    ? Future.succeededFuture()
                    : scans.take(
                        name,
                        () ->
                            store
                                .isComplete(name)
                                .compose(
                                    meanwhile ->
                                        meanwhile ? Future.succeededFuture() : scan(name))));
  }

  private Future<Void> scan(RepositoryName name) {
    return repositories
        .manifests(name)
        .compose(
            digests -> {
              Future<Void> scanned = Future.succeededFuture();
              for (var digest : digests) {
                scanned = scanned.compose(v -> note(name, digest, null));
              }
              return scanned;
            })
        .compose(
            v ->
                repositories
                    .exists(name)
                    .compose(
                        exists -> exists ? store.setComplete(name) : Future.succeededFuture()));
  }

  /** What a client without the API wrote into the tag for this subject since the scan. */
  private Future<Void> takeFallbackTag(RepositoryName name, Digest subject) {
    return repositories
        .resolve(name, fallbackTag(subject))
        .compose(
            digest -> {
              var key = digest == null ? null : new Taken(name, subject, digest);
              return key == null || taken.getIfPresent(key) != null
                  ? Future.succeededFuture()
                  : takeFallback(key).onSuccess(v -> taken.put(key, true));
            });
  }

  private Future<Void> takeFallback(Taken key) {
    return contents
        .of(key.name, key.index)
        .compose(
            body -> {
              Future<Void> noted = Future.succeededFuture();
              for (var child : body == null ? List.<Digest>of() : children(body)) {
                noted = noted.compose(v -> note(key.name, child, key.subject));
              }
              return noted;
            });
  }

  private static List<Digest> children(Buffer body) {
    return Manifest.parse(body.getBytes(), null).manifests().stream()
        .map(child -> child.digest())
        .toList();
  }

  /**
   * The tag under which clients keep referrers where the API is missing.
   *
   * @see <a
   *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema">distribution-spec,
   *     Referrers Tag Schema</a>
   */
  public static Tag fallbackTag(Digest subject) {
    return Tag.parse(cut(subject.algorithm(), TAG_ALGORITHM) + "-" + cut(subject.hex(), TAG_HEX));
  }

  private static String cut(String text, int length) {
    return text.length() <= length ? text : text.substring(0, length);
  }

  /** Notes a manifest that is there, if it refers to {@code only}, or to anything. */
  private Future<Void> note(RepositoryName name, Digest digest, @Nullable Digest only) {
    return contents
        .of(name, digest)
        .compose(
            body -> {
              if (body == null) {
                return Future.succeededFuture();
              }
              var manifest = Manifest.parse(body.getBytes(), null);
              var subject = manifest.subject();
              return subject == null || (only != null && !only.equals(subject.digest()))
                  ? Future.succeededFuture()
                  : add(name, digest, manifest, body.length());
            });
  }

  private static JsonObject describe(Digest digest, Manifest manifest, int size) {
    var descriptor =
        new JsonObject()
            .put("mediaType", manifest.mediaType())
            .put("digest", digest.toString())
            .put("size", size);
    var config = manifest.config();
    var type =
        manifest.artifactType() != null && !manifest.artifactType().isEmpty()
            ? manifest.artifactType()
            : config != null && MediaTypes.isImage(manifest.mediaType())
                ? config.mediaType()
                : null;
    if (type != null) {
      descriptor.put("artifactType", type);
    }
    if (!manifest.annotations().isEmpty()) {
      descriptor.put("annotations", new JsonObject(manifest.annotations()));
    }
    return descriptor;
  }
}
