package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.BlobStore;
import io.layover.storage.RepositoryStore;
import io.vertx.core.Future;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A store of links in which every look at one, and every change, stands in the books. */
final class BookedRepositories implements RepositoryStore {
  private final RepositoryStore repositories;
  private final BlobStore blobs;
  private final Books books;
  private final Evictor evictor;

  BookedRepositories(RepositoryStore repositories, BlobStore blobs, Books books, Evictor evictor) {
    this.repositories = repositories;
    this.blobs = blobs;
    this.books = books;
    this.evictor = evictor;
  }

  /** Whoever is given something has asked for its link: this is where a use is seen. */
  @Override
  public Future<Boolean> isLinked(RepositoryName name, Kind kind, Digest digest) {
    books.used(name, kind, digest);
    var linked = repositories.isLinked(name, kind, digest);
    return books.isComplete()
        ? linked
        : linked.onSuccess(
            there -> {
              if (there) {
                books.linked(name, kind, digest);
              }
            });
  }

  @Override
  public Future<Void> link(RepositoryName name, Kind kind, Digest digest, Durability durability) {
    return books
        .keeping(
            digest,
            () ->
                repositories
                    .link(name, kind, digest, durability)
                    .onSuccess(v -> books.linked(name, kind, digest))
                    .compose(
                        v ->
                            durability == Durability.SYNCED && !books.isSized(digest)
                                ? learnSize(digest)
                                : Future.succeededFuture()))
        .onSuccess(v -> evictor.grown());
  }

  /** What was pushed may have come into the store in a way that is not seen here. */
  private Future<Void> learnSize(Digest digest) {
    return blobs
        .size(digest)
        .<Void>map(
            size -> {
              if (size != null) {
                books.stored(digest, size);
              }
              return null;
            })
        .otherwiseEmpty();
  }

  @Override
  public Future<Void> relink(RepositoryName name, Kind kind, Digest digest) {
    return repositories.relink(name, kind, digest);
  }

  @Override
  public Future<Boolean> unlink(RepositoryName name, Kind kind, Digest digest) {
    return repositories
        .unlink(name, kind, digest)
        .onSuccess(
            deleted -> {
              books.unlinked(name, kind, digest);
              evictor.grown();
            });
  }

  @Override
  public Future<Void> tag(RepositoryName name, Tag tag, Digest digest, Durability durability) {
    return books.keeping(digest, () -> repositories.tag(name, tag, digest, durability));
  }

  @Override
  public Future<@Nullable RepositoryName> holder(Kind kind, Digest digest) {
    return repositories.holder(kind, digest);
  }

  @Override
  public Future<List<Digest>> manifests(RepositoryName name) {
    return repositories.manifests(name);
  }

  @Override
  public Future<@Nullable Digest> resolve(RepositoryName name, Tag tag) {
    return repositories.resolve(name, tag);
  }

  @Override
  public Future<@Nullable Instant> taggedAt(RepositoryName name, Tag tag) {
    return repositories.taggedAt(name, tag);
  }

  @Override
  public Future<Boolean> untag(RepositoryName name, Tag tag) {
    return repositories.untag(name, tag);
  }

  @Override
  public Future<Void> untagAll(RepositoryName name, Digest digest) {
    return repositories.untagAll(name, digest);
  }

  @Override
  public Future<Boolean> exists(RepositoryName name) {
    return repositories.exists(name);
  }

  @Override
  public Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    return repositories.tags(name, last, limit);
  }

  @Override
  public Future<List<String>> repositories(@Nullable String last, int limit) {
    return repositories.repositories(last, limit);
  }

  @Override
  public Future<Void> prune(RepositoryName name) {
    return repositories.prune(name);
  }

  @Override
  public Future<Void> each(Visitor visitor) {
    return repositories.each(visitor);
  }
}
