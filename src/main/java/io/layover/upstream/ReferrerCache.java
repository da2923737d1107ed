package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.registry.LocalRegistry;
import io.layover.registry.Outcome;
import io.layover.registry.ReferrerPage;
import io.layover.registry.Referrers;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What refers to the manifests of an upstream: what its API says or, where it has none, what stands
 * under the fallback tag; together with the manifests in the cache. What was said is kept and
 * answered as long as a tag would be.
 */
final class ReferrerCache {
  private static final Logger LOG = LoggerFactory.getLogger(ReferrerCache.class);
  private static final int MEMORY = 16 << 20;
  private static final int OVERHEAD = 512;

  /** How long it is believed that there is no such API. */
  private static final Duration LACK = Duration.ofHours(1);

  /** A list that has not changed is dated again in the store after this time. */
  private static final Duration LAG = Duration.ofMinutes(1);

  private static final Comparator<JsonObject> ORDER =
      Comparator.comparing(descriptor -> descriptor.getString("digest"));

  private final Upstream upstream;
  private final RemoteLists remote;
  private final TagCache tags;
  private final LocalRegistry local;
  private final FailureLog failures;
  private final Time time;
  private final SingleFlight<Key, Said> asking = new SingleFlight<>();
  private final Cache<Key, Said> known =
      Caffeine.newBuilder()
          .maximumWeight(MEMORY)
          .weigher((Key key, Said said) -> OVERHEAD + said.bytes)
          .build();

  /**
   * Where the API was not found. By repository, as there are registries that have it and say the
   * same of a repository that they do not have.
   */
  private final Cache<RepositoryName, Instant> lacking =
      Caffeine.newBuilder().maximumSize(10_000).build();

  private record Key(RepositoryName name, Digest subject) {}

  /**
   * A list as the upstream gave it.
   *
   * @param bytes about how many it has
   * @param written when it was stored with this content
   */
  private record Said(
      List<JsonObject> descriptors,
      int bytes,
      Outcome outcome,
      Instant confirmed,
      Instant written) {
    Said as(Outcome other) {
      return new Said(descriptors, bytes, other, confirmed, written);
    }
  }

  ReferrerCache(UpstreamClient client, RemoteLists remote, TagCache tags, LocalRegistry local) {
    this.upstream = client.upstream();
    this.remote = remote;
    this.tags = tags;
    this.local = local;
    this.failures = client.failures();
    this.time = client.time();
  }

  /** The referrers of {@code subject} after {@code last}, those of a type or all. */
  Future<ReferrerPage> get(
      RepositoryName name,
      Digest subject,
      @Nullable String artifactType,
      @Nullable Digest last,
      int limit) {
    return said(new Key(name, subject))
        .compose(
            said ->
                local
                    .referrers(name, subject, artifactType, last, limit)
                    .map(here -> union(said, here, artifactType, last, limit)));
  }

  private static ReferrerPage union(
      Said said,
      ReferrerPage here,
      @Nullable String artifactType,
      @Nullable Digest last,
      int limit) {
    var found = new HashMap<String, JsonObject>();
    var there =
        said.descriptors.stream()
            .filter(d -> artifactType == null || artifactType.equals(d.getString("artifactType")))
            .filter(d -> last == null || d.getString("digest").compareTo(last.toString()) > 0)
            // What comes after the page from the cache may have others between.
            .filter(d -> here.next() == null || !isAfter(d, here.next()));
    Stream.concat(here.descriptors().stream(), there)
        .forEach(d -> found.put(d.getString("digest"), d));
    var page = new ReferrerPage.Filling(limit);
    for (var descriptor : found.values().stream().sorted(ORDER).toList()) {
      if (!page.add(descriptor)) {
        return page.full(said.outcome);
      }
    }
    return page.upTo(here.next(), said.outcome);
  }

  private static boolean isAfter(JsonObject descriptor, Digest digest) {
    return descriptor.getString("digest").compareTo(digest.toString()) > 0;
  }

  private Future<Said> said(Key key) {
    return recall(key)
        .compose(
            last ->
                last != null && isWithin(upstream.freshness().tagTtl(), last)
                    ? Future.succeededFuture(last.as(outcome(Outcome.Kind.HIT)))
                    : asking.get(key, () -> ask(key, last)).recover(e -> failed(key, last, e)));
  }

  private Outcome outcome(Outcome.Kind kind) {
    return Outcome.of(kind, upstream.name());
  }

  private boolean isWithin(Duration ttl, Said said) {
    var age = Duration.between(said.confirmed, time.now());
    return (age.isNegative() ? Duration.ZERO : age).compareTo(ttl) < 0;
  }

  private Future<Said> ask(Key key, @Nullable Said last) {
    if (lacksApi(key.name)) {
      return underFallbackTag(key);
    }
    return remote
        .referrers(key.name, key.subject)
        .compose(
            descriptors -> {
              if (descriptors == null) {
                lacking.put(key.name, time.now());
                return underFallbackTag(key);
              }
              var said = said(descriptors, time.now(), last);
              return keep(key, said, last).map(said);
            });
  }

  private boolean lacksApi(RepositoryName name) {
    var at = lacking.getIfPresent(name);
    return at != null && Duration.between(at, time.now()).compareTo(LACK) < 0;
  }

  private Said said(List<JsonObject> descriptors, Instant now, @Nullable Said last) {
    var bytes = descriptors.stream().mapToInt(d -> d.toBuffer().length()).sum();
    var written =
        last != null
                && last.descriptors.equals(descriptors)
                && Duration.between(last.written, now).compareTo(LAG) < 0
            ? last.written
            : now;
    return new Said(descriptors, bytes, outcome(Outcome.Kind.PASS), now, written);
  }

  /** Nobody can fill the store by asking for what is not there: an empty list is not stored. */
  private Future<Void> keep(Key key, Said said, @Nullable Said last) {
    known.put(key, said);
    if (last != null && last.written.equals(said.written)) {
      return Future.succeededFuture();
    }
    var document =
        new JsonObject()
            .put("confirmed", said.confirmed.toString())
            .put("manifests", new JsonArray(said.descriptors))
            .toBuffer();
    return said.descriptors.isEmpty() && last == null
        ? Future.succeededFuture()
        : local
            .referrers()
            .keep(key.name, key.subject, said.descriptors.isEmpty() ? null : document)
            .recover(
                e -> {
                  LOG.warn("referrers in {} cannot be kept: {}", key.name, Reason.of(e));
                  return Future.succeededFuture();
                });
  }

  private Future<@Nullable Said> recall(Key key) {
    var remembered = known.getIfPresent(key);
    return remembered != null
        ? Future.succeededFuture(remembered)
        : local
            .referrers()
            .kept(key.name, key.subject)
            .map(document -> document == null ? null : read(document))
            .onSuccess(
                read -> {
                  if (read != null) {
                    known.asMap().putIfAbsent(key, read);
                  }
                });
  }

  /** What was kept; null if it is not as it was written. */
  private @Nullable Said read(Buffer document) {
    try {
      var json = new JsonObject(document);
      var confirmed = Instant.parse(json.getString("confirmed"));
      return new Said(
          descriptors(json), document.length(), outcome(Outcome.Kind.HIT), confirmed, confirmed);
    } catch (DecodeException
        | DateTimeParseException
        | ClassCastException
        | NullPointerException e) {
      LOG.warn("a list of referrers is broken, and is asked for again: {}", Reason.of(e));
      return null;
    }
  }

  private static List<JsonObject> descriptors(JsonObject list) {
    return list.getValue("manifests") instanceof JsonArray items
        ? items.stream().map(ReferrerDescriptor::of).filter(Objects::nonNull).toList()
        : List.of();
  }

  /**
   * What clients that know no such API have written into a tag. It is kept as every tag is.
   *
   * @see <a
   *     href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#referrers-tag-schema">distribution-spec,
   *     Referrers Tag Schema</a>
   */
  private Future<Said> underFallbackTag(Key key) {
    return tags.get(key.name, Referrers.fallbackTag(key.subject), false)
        .map(
            index -> {
              var list = index.body() == null ? new JsonObject() : object(index.body());
              return new Said(
                  descriptors(list),
                  Math.toIntExact(index.size()),
                  index.outcome(),
                  time.now(),
                  time.now());
            })
        .recover(
            e ->
                e instanceof UpstreamFailure failure && failure.status() == 404
                    ? Future.succeededFuture(
                        said(List.of(), time.now(), null).as(outcome(Outcome.Kind.PASS)))
                    : Future.failedFuture(e));
  }

  private static JsonObject object(Buffer body) {
    return Json.decodeValue(body) instanceof JsonObject object ? object : new JsonObject();
  }

  /** What was said before, if the failure leaves it open what is so now. */
  private Future<Said> failed(Key key, @Nullable Said last, Throwable e) {
    if (!(e instanceof UpstreamFailure failure) || failure.kind() == Kind.ABSENT) {
      return Future.failedFuture(e);
    }
    if (last == null) {
      // Whether the upstream has the API is not known, but it may have had a tag.
      return lacksApi(key.name)
          ? Future.failedFuture(e)
          : underFallbackTag(key).recover(v -> Future.failedFuture(e));
    }
    if (!isWithin(upstream.freshness().staleTtl(), last)) {
      return Future.failedFuture(failure.beyond(last.confirmed));
    }
    failures.failed(failure, "referrers in " + key.name + " (answered from the cache)");
    return Future.succeededFuture(
        last.as(Outcome.stale(upstream.name(), failure.word(), failure.status(), last.confirmed)));
  }
}
