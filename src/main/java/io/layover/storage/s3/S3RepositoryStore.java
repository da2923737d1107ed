package io.layover.storage.s3;

import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.RepositoryStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Links and tags in small objects. What was read is remembered for a while, so that other replicas'
 * changes are seen when that is over; that something is not there never is.
 */
final class S3RepositoryStore implements RepositoryStore {
  private static final Logger LOG = LoggerFactory.getLogger(S3RepositoryStore.class);
  private static final int REMEMBERED = 50_000;
  private static final int LONGEST_LINK = 1024;

  /** Bytes of names in memory, and what each takes beyond its letters. */
  private static final long NAMES = 8 << 20;

  private static final int OVERHEAD = 40;

  /** In how many repositories a blob is looked for that someone wants to mount from anywhere. */
  private static final int SEARCHED = 1000;

  private record LinkKey(RepositoryName name, Kind kind, Digest digest) {}

  private record TagKey(RepositoryName name, Tag tag) {}

  private final Bucket bucket;
  private final Layout layout;
  private final Listing listing;
  private final @Nullable Claims claims;
  private final Remembered<LinkKey, Boolean> links;
  private final Remembered<TagKey, Digest> tags;
  private final Remembered<RepositoryName, List<String>> tagNames;
  private final Remembered<Layout, List<String>> repositoryNames;

  /**
   * @param claims absent: nothing is evicted that may have been pushed
   * @param trustedLinks how long a link, or a repository, is believed to be there without asking
   * @param trustedTags the same for tags
   */
  S3RepositoryStore(
      Bucket bucket,
      Layout layout,
      @Nullable Claims claims,
      Duration trustedLinks,
      Duration trustedTags) {
    this.bucket = bucket;
    this.layout = layout;
    this.listing = new Listing(bucket);
    this.claims = claims;
    this.links =
        new Remembered<>(
            Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(trustedLinks));
    this.tags =
        new Remembered<>(
            Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(trustedTags));
    this.tagNames = names(trustedTags);
    this.repositoryNames = names(trustedLinks);
  }

  private static <K> Remembered<K, List<String>> names(Duration trusted) {
    return new Remembered<>(
        Caffeine.newBuilder()
            .maximumWeight(NAMES)
            .weigher((K key, List<String> names) -> weight(names))
            .expireAfterWrite(trusted));
  }

  private static int weight(List<String> names) {
    return (int)
        Math.min(
            Integer.MAX_VALUE, names.stream().mapToLong(name -> name.length() + OVERHEAD).sum());
  }

  @Override
  public Future<Boolean> isLinked(RepositoryName name, Kind kind, Digest digest) {
    return links
        .get(
            new LinkKey(name, kind, digest),
            () ->
                readLink(layout.link(name, kind, digest))
                    .map(found -> digest.equals(found) ? true : null))
        .map(linked -> linked != null);
  }

  /** What a link says; null if there is none, or it says nothing. */
  private Future<@Nullable Digest> readLink(String key) {
    return bucket
        .read(key, LONGEST_LINK)
        .map(
            whole -> {
              try {
                return whole == null ? null : Digest.parse(whole.content().toString().strip());
              } catch (RegistryException e) {
                LOG.warn("{} holds no digest and counts as absent", key);
                return null;
              }
            });
  }

  private Future<Bucket.Head> writeLink(String key, Digest digest) {
    return bucket.write(key, Buffer.buffer(digest.toString()));
  }

  @Override
  public Future<Void> link(RepositoryName name, Kind kind, Digest digest, Durability durability) {
    var key = new LinkKey(name, kind, digest);
    // Another replica may have deleted what is remembered here: fine only if it can be had again.
    if (durability == Durability.CACHED && links.peek(key) != null) {
      return Future.succeededFuture();
    }
    return claim(digest, durability)
        .compose(
            v ->
                links.change(
                    key, () -> writeLink(layout.link(name, kind, digest), digest), head -> true))
        .onSuccess(head -> noteRepository(name, kind))
        .mapEmpty();
  }

  private Future<Void> claim(Digest digest, Durability durability) {
    return claims == null || durability == Durability.CACHED
        ? Future.succeededFuture()
        : claims.claim(digest);
  }

  /** A list that is remembered must have what was pushed here. */
  private void noteRepository(RepositoryName name, Kind kind) {
    var known = repositoryNames.peek(layout);
    if (kind == Kind.MANIFEST
        && known != null
        && Collections.binarySearch(known, name.value(), RepositoryName.BY_PATH) < 0) {
      repositoryNames.forget(layout);
    }
  }

  @Override
  public Future<Boolean> unlink(RepositoryName name, Kind kind, Digest digest) {
    var link = layout.link(name, kind, digest);
    return links.change(
        new LinkKey(name, kind, digest),
        () ->
            bucket
                .head(link)
                .compose(
                    head ->
                        head == null
                            ? Future.succeededFuture(false)
                            : bucket.delete(link).map(true)),
        deleted -> null);
  }

  @Override
  public Future<@Nullable RepositoryName> holder(Kind kind, Digest digest) {
    for (var key : links.keys()) {
      if (key.kind == kind && key.digest.equals(digest)) {
        return Future.succeededFuture(key.name);
      }
    }
    return repositories().compose(names -> findHolder(kind, digest, names, 0));
  }

  private Future<@Nullable RepositoryName> findHolder(
      Kind kind, Digest digest, List<String> names, int from) {
    if (from >= Math.min(SEARCHED, names.size())) {
      return Future.succeededFuture();
    }
    var to = Math.min(names.size(), from + 16);
    var some = names.subList(from, to).stream().map(RepositoryName::new).toList();
    return Future.all(some.stream().map(name -> isLinked(name, kind, digest)).toList())
        .compose(
            all -> {
              var at = all.<Boolean>list().indexOf(true);
              return at < 0
                  ? findHolder(kind, digest, names, to)
                  : Future.succeededFuture(some.get(at));
            });
  }

  /** By the links themselves: some stores show folders in which there is nothing any more. */
  @Override
  public Future<List<Digest>> manifests(RepositoryName name) {
    var found = new ArrayList<Digest>();
    var revisions = layout.revisions(name);
    var below = revisions.substring(layout.repositories().length());
    return listing
        .each(
            revisions,
            (key, size, written) -> {
              var link = Layout.parseLink(below + key);
              if (link != null) {
                found.add(link.digest());
              }
            })
        .map(found);
  }

  @Override
  public Future<@Nullable Digest> resolve(RepositoryName name, Tag tag) {
    return tags.get(new TagKey(name, tag), () -> readLink(layout.tagLink(name, tag)));
  }

  @Override
  public Future<@Nullable Instant> taggedAt(RepositoryName name, Tag tag) {
    return bucket.writtenAt(layout.tagLink(name, tag));
  }

  @Override
  public Future<Void> tag(RepositoryName name, Tag tag, Digest digest, Durability durability) {
    return tagNames
        .change(
            name,
            () ->
                tags.change(
                    new TagKey(name, tag),
                    () ->
                        writeLink(layout.tagIndex(name, tag, digest), digest)
                            .compose(v -> writeLink(layout.tagLink(name, tag), digest)),
                    head -> digest),
            head -> null)
        .onSuccess(head -> noteRepository(name, Kind.MANIFEST))
        .mapEmpty();
  }

  @Override
  public Future<Boolean> untag(RepositoryName name, Tag tag) {
    return untag(name, tag, null);
  }

  /** Removes a tag, if it points at {@code only} where that is given. */
  private Future<Boolean> untag(RepositoryName name, Tag tag, @Nullable Digest only) {
    return tagNames.change(
        name,
        () ->
            tags.change(
                new TagKey(name, tag),
                () ->
                    readLink(layout.tagLink(name, tag))
                        .compose(
                            current ->
                                current == null || (only != null && !only.equals(current))
                                    ? Future.succeededFuture(false)
                                    : listing.deleteBelow(layout.tag(name, tag)).map(true)),
                deleted -> null),
        deleted -> null);
  }

  @Override
  public Future<Void> untagAll(RepositoryName name, Digest digest) {
    // The index below a tag says what it has ever pointed at; few tags have this one.
    var entry = "/" + Layout.indexEntry(digest);
    var candidates = new ArrayList<Tag>();
    return listing
        .each(
            layout.tags(name),
            (key, size, written) -> {
              if (key.endsWith(entry)) {
                var tag = key.substring(0, key.length() - entry.length());
                if (Tag.isValid(tag)) {
                  candidates.add(new Tag(tag));
                }
              }
            })
        .compose(v -> untagEach(name, digest, candidates, 0));
  }

  private Future<Void> untagEach(RepositoryName name, Digest digest, List<Tag> tags, int at) {
    return at == tags.size()
        ? Future.succeededFuture()
        : untag(name, tags.get(at), digest).compose(v -> untagEach(name, digest, tags, at + 1));
  }

  @Override
  public Future<Boolean> exists(RepositoryName name) {
    // Uploads alone, which come last, are none.
    return listing
        .keys(layout.repository(name) + "_", null, 1)
        .map(keys -> !keys.isEmpty() && !keys.getFirst().contains("/_uploads/"));
  }

  @Override
  public Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    return tagNames
        .get(
            name,
            () ->
                listing
                    .names(layout.tags(name))
                    .map(all -> all.stream().filter(Tag::isValid).sorted().toList()))
        .map(names -> after(names, last, limit, Comparator.naturalOrder()));
  }

  @Override
  public Future<List<String>> repositories(@Nullable String last, int limit) {
    return repositories().map(names -> after(names, last, limit, RepositoryName.BY_PATH));
  }

  private Future<List<String>> repositories() {
    return repositoryNames
        .get(
            layout,
            () ->
                RepositoryWalk.find(listing, layout)
                    .map(all -> all.stream().sorted(RepositoryName.BY_PATH).toList()))
        .map(names -> names == null ? List.of() : names);
  }

  private static List<String> after(
      @Nullable List<String> names, @Nullable String last, int limit, Comparator<String> order) {
    if (names == null) {
      return List.of();
    }
    var at = last == null ? -1 : Collections.binarySearch(names, last, order);
    var from = last != null && at < 0 ? -at - 1 : at + 1;
    return List.copyOf(names.subList(from, Math.min(names.size(), from + limit)));
  }

  /** A bucket has no directories that could be empty. */
  @Override
  public Future<Void> prune(RepositoryName name) {
    repositoryNames.forget(layout);
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> each(Visitor visitor) {
    return listing.each(
        layout.repositories(),
        (key, size, written) -> {
          var link = Layout.parseLink(key);
          if (link != null) {
            visitor.link(link.name(), link.kind(), link.digest(), written);
          }
        });
  }
}
