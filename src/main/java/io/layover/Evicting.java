package io.layover;

import io.layover.config.Proxy;
import io.layover.config.Upstream;
import io.layover.eviction.Eviction;
import io.layover.eviction.Limits;
import io.layover.oci.RepositoryName;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What of the cached content is kept, and for how long, as the configuration says it. */
final class Evicting {
  private final Proxy proxy;

  private Evicting(Proxy proxy) {
    this.proxy = proxy;
  }

  /** Begins to keep the cache within its limits; absent if it has none. */
  static @Nullable Eviction start(
      Vertx vertx, Disk disk, Stores stores, @Nullable Proxy proxy, MeterRegistry meters) {
    if (proxy == null
        || (proxy.maxsize() == null
            && proxy.upstreams().stream().allMatch(upstream -> upstream.ttl().isZero()))) {
      return null;
    }
    return Eviction.start(vertx, disk, stores, limits(proxy), meters);
  }

  static Limits limits(Proxy proxy) {
    return new Evicting(proxy).limits();
  }

  private Limits limits() {
    var ttls = new ArrayList<Duration>();
    for (var upstream : proxy.upstreams()) {
      ttls.add(upstream.ttl());
    }
    ttls.add(longest(ttls));
    var maxsize = proxy.maxsize();
    // What cannot be fetched again stays, but its uses are noted for the time when it can.
    return proxy.offline()
        ? new Limits(Limits.NO_SIZE, ttls.stream().map(ttl -> Duration.ZERO).toList(), this::owner)
        : new Limits(maxsize == null ? Limits.NO_SIZE : maxsize, ttls, this::owner);
  }

  /** For what belongs to no upstream any more. */
  private static Duration longest(List<Duration> ttls) {
    return ttls.contains(Duration.ZERO)
        ? Duration.ZERO
        : ttls.stream().max(Comparator.naturalOrder()).orElse(Duration.ZERO);
  }

  /** The upstream that a stored name belongs to, or the one after the last. */
  private int owner(RepositoryName name) {
    if (proxy.hosted().stream().anyMatch(pattern -> pattern.matches(name.value()))) {
      return Limits.HOSTED;
    }
    var upstreams = proxy.upstreams();
    var owner = upstreams.size();
    for (var i = 0; i < upstreams.size(); i++) {
      if (isBelow(upstreams.get(i), name)) {
        return i;
      }
      if (upstreams.get(i).isDefault()) {
        owner = i;
      }
    }
    return owner;
  }

  private static boolean isBelow(Upstream upstream, RepositoryName name) {
    return !upstream.isDefault() && name.value().startsWith(upstream.name() + "/");
  }
}
