package io.layover.storage;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory that is shared evenly by whoever uses it at the time: one alone may have much, many have
 * little each, and all of them together no more than was set aside.
 */
public final class MemoryShare {
  private final long total;
  private final int least;
  private final int most;
  private final AtomicInteger users = new AtomicInteger();

  /**
   * @param total bytes for all
   * @param least bytes for each, however many there are
   * @param most bytes for one, however few there are
   */
  public MemoryShare(long total, int least, int most) {
    this.total = total;
    this.least = least;
    this.most = most;
  }

  /** Adds a user, and tells its share as it is now. */
  public int enter() {
    users.incrementAndGet();
    return share();
  }

  /** Takes a user away. */
  public void leave() {
    users.decrementAndGet();
  }

  /** The bytes that each user may have now. */
  public int share() {
    return Math.clamp(total / Math.max(1, users.get()), least, most);
  }
}
