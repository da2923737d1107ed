package io.layover.eviction;

import io.layover.oci.RepositoryName;
import java.time.Duration;
import java.util.List;
import java.util.function.ToIntFunction;

/**
 * What may be kept of cached content.
 *
 * @param maxSize the most bytes of it
 * @param ttls for each owner how long a thing is kept after its last use; zero: for ever
 * @param owner whose a repository is: an index into {@code ttls}, or {@link #HOSTED}
 */
public record Limits(long maxSize, List<Duration> ttls, ToIntFunction<RepositoryName> owner) {
  /** The owner of what is pushed here, which is never evicted. */
  public static final int HOSTED = -1;

  /** A size that nothing reaches. */
  public static final long NO_SIZE = Long.MAX_VALUE;

  public Limits {
    ttls = List.copyOf(ttls);
  }
}
