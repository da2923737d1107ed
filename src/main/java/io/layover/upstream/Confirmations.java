package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.log.Reason;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Durability;
import io.vertx.core.Future;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When an upstream last said what each tag is. The date of a tag's link carries this over a
 * restart; it is not renewed with every answer, so it may lag by a minute.
 */
final class Confirmations {
  private static final Logger LOG = LoggerFactory.getLogger(Confirmations.class);
  private static final Duration LAG = Duration.ofMinutes(1);

  private final RepositoryStore repositories;
  private final Time time;
  private final UpstreamMeters meters;
  private final Cache<Key, Seen> seen =
      Caffeine.newBuilder().executor(Runnable::run).maximumSize(100_000).build();

  private record Key(RepositoryName name, Tag tag) {}

  private record Seen(Instant confirmed, Instant written) {}

  Confirmations(RepositoryStore repositories, Time time, UpstreamMeters meters) {
    this.repositories = repositories;
    this.time = time;
    this.meters = meters;
  }

  /** When the tag was last confirmed, or null if there is none. */
  Future<@Nullable Instant> last(RepositoryName name, Tag tag) {
    var key = new Key(name, tag);
    var known = seen.getIfPresent(key);
    return known != null
        ? Future.succeededFuture(known.confirmed)
        : repositories
            .taggedAt(name, tag)
            .onSuccess(
                written -> {
                  if (written != null) {
                    seen.asMap().putIfAbsent(key, new Seen(written, written));
                  }
                });
  }

  /** Takes down that the tag is {@code digest} now, unless the storage cannot be written. */
  Future<Void> confirm(RepositoryName name, Tag tag, Digest digest) {
    return repositories
        .resolve(name, tag)
        .compose(
            linked -> digest.equals(linked) ? renew(name, tag, digest) : write(name, tag, digest))
        .recover(e -> e instanceof IOException ? unwritten(name, tag, e) : Future.failedFuture(e));
  }

  private Future<Void> unwritten(RepositoryName name, Tag tag, Throwable e) {
    meters.uncached("tag");
    LOG.warn("{}:{} is not stored: {}", name, tag, Reason.of(e));
    return Future.succeededFuture();
  }

  private Future<Void> renew(RepositoryName name, Tag tag, Digest digest) {
    var key = new Key(name, tag);
    var now = time.now();
    var known = seen.getIfPresent(key);
    if (known != null && Duration.between(known.written, now).compareTo(LAG) < 0) {
      seen.put(key, new Seen(now, known.written));
    } else {
      // Nobody waits for this: the link is right as it is.
      write(name, tag, digest)
          .onFailure(e -> LOG.warn("{}:{} cannot be dated: {}", name, tag, Reason.of(e)));
    }
    return Future.succeededFuture();
  }

  private Future<Void> write(RepositoryName name, Tag tag, Digest digest) {
    var now = time.now();
    seen.put(new Key(name, tag), new Seen(now, now));
    return repositories
        .tag(name, tag, digest, Durability.CACHED)
        // What is stored may be another one, of which nothing was said now.
        .onFailure(e -> seen.invalidate(new Key(name, tag)));
  }

  /** Removes a tag that is no more. */
  Future<Void> forget(RepositoryName name, Tag tag) {
    seen.invalidate(new Key(name, tag));
    return repositories.untag(name, tag).mapEmpty();
  }
}
