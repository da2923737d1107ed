package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.RepositoryName;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What an upstream was found not to have, remembered for a short while. */
final class Absences {
  private static final int MOST = 10_000;

  private final Cache<Key, UpstreamFailure> absent;

  /** By method too: there are registries that refuse the HEAD of a blob and serve its GET. */
  private record Key(HttpMethod method, RepositoryName name, String path) {}

  Absences(Duration ttl, Time time) {
    this.absent =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfterWrite(ttl)
            .ticker(time::nanos)
            .executor(Runnable::run)
            .build();
  }

  /** That a request is known to bring nothing, or null. */
  @Nullable UpstreamFailure known(HttpMethod method, RepositoryName name, String path) {
    return absent.getIfPresent(new Key(method, name, path));
  }

  /** What {@code ask} brings, unless it is known to bring nothing. */
  <T> Future<T> unlessKnown(
      HttpMethod method, RepositoryName name, String path, Supplier<Future<T>> ask) {
    var key = new Key(method, name, path);
    var known = absent.getIfPresent(key);
    return known != null
        ? Future.failedFuture(known)
        : ask.get()
            .onFailure(
                e -> {
                  if (e instanceof UpstreamFailure failure && isAnswer(failure)) {
                    absent.put(key, failure.remembered());
                  }
                });
  }

  /**
   * A 403 may come from something on the way, such as the second host of a blob whose address has
   * run out, and is not worth remembering.
   */
  private static boolean isAnswer(UpstreamFailure failure) {
    return failure.kind() == Kind.ABSENT && failure.status() != 0 && failure.status() != 403;
  }
}
