package io.layover.registry;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.UUID;

/** Uploads that clients began or went on with here, and have not ended. */
final class OpenUploads {
  /** As long as distribution leaves them alone; clients that go for good say nothing. */
  private static final Duration FORGOTTEN = Duration.ofDays(7);

  private static final int MOST = 10_000;

  private final Cache<UUID, Boolean> open =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterAccess(FORGOTTEN).build();

  void touched(UUID id) {
    open.put(id, true);
  }

  void ended(UUID id) {
    open.invalidate(id);
  }

  long count() {
    open.cleanUp();
    return open.estimatedSize();
  }
}
