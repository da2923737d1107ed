package io.layover.eviction;

import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which links go: those that were not used within their owner's time, and while there is too much,
 * those that were used least recently. A blob goes with the last link to it.
 */
final class Choice {
  private final Ledger ledger;
  private final Holds holds;
  private final Census census;
  private final long maxSize;
  private final long[] ttls;

  /** Bytes of cached blobs that are chosen and not gone yet. */
  private long leaving;

  private long reserved;

  Choice(Ledger ledger, Holds holds, Census census) {
    this.ledger = ledger;
    this.holds = holds;
    this.census = census;
    this.maxSize = ledger.limits.maxSize();
    this.ttls =
        ledger.limits.ttls().stream()
            .mapToLong(ttl -> TimeUnit.MILLISECONDS.toMicros(ttl.toMillis()))
            .toArray();
  }

  /** The present, as links are stamped with it. */
  long now() {
    synchronized (ledger) {
      return ledger.stamp();
    }
  }

  /** True if there is more than there may be. */
  boolean isOver() {
    synchronized (ledger) {
      return over() || ledger.bytes(Share.PASSING) > 0;
    }
  }

  private boolean over() {
    return ledger.bytes(Share.CACHED) - leaving > maxSize - Math.min(reserved, maxSize);
  }

  /** Room is wanted for a blob that is on its way. One that is larger than all of it gets none. */
  void reserve(long size) {
    synchronized (ledger) {
      reserved += size > maxSize ? 0 : size;
    }
  }

  /** The blob is there, or does not come. */
  void release(long size) {
    synchronized (ledger) {
      reserved -= size > maxSize ? 0 : size;
    }
  }

  /**
   * Some of what is to go, at most {@code most} links; each must be given back by {@link #gone} and
   * {@link #left}, or by {@link #stays}. What was used after {@code since} is not among them, nor
   * anything before the books are complete.
   */
  List<Victim> victims(long since, int most) {
    var chosen = new ArrayList<Victim>();
    synchronized (ledger) {
      while (census.isComplete() && chosen.size() < most) {
        var victim = next(since);
        if (victim == null) {
          break;
        }
        chosen.add(victim);
      }
    }
    return chosen;
  }

  private @Nullable Victim next(long since) {
    for (; ; ) {
      var cause = Cause.TTL;
      var link = expired(since);
      if (link == Ledger.NONE) {
        cause = Cause.SIZE;
        link = surplus(since);
      }
      if (link == Ledger.NONE) {
        return null;
      }
      if (!holds.isKept(ledger.digest(link))) {
        return take(link, cause);
      }
      // Somebody is about to use it, so it counts as used, and does not come again.
      ledger.touch(link);
    }
  }

  private int expired(long since) {
    for (var owner = 0; owner < ttls.length; owner++) {
      if (ttls[owner] > 0) {
        var end = Math.min(since, ledger.now() - ttls[owner]);
        var link = older(oldest(Ledger.found(owner), end), oldest(Ledger.used(owner), end));
        if (link != Ledger.NONE) {
          return link;
        }
      }
    }
    return Ledger.NONE;
  }

  private int surplus(long since) {
    var link = oldest(Ledger.PASSING, since);
    if (link == Ledger.NONE && over()) {
      for (var list = Ledger.PASSING + 1; list < ledger.recency.lists(); list++) {
        link = older(link, oldest(list, since));
      }
    }
    return link;
  }

  /** The oldest link of a list, unless it was used after {@code end}. */
  private int oldest(int list, long end) {
    var link = ledger.recency.oldest(list);
    return link != Ledger.NONE && ledger.links.stamp(link) <= end ? link : Ledger.NONE;
  }

  private int older(int one, int other) {
    if (one == Ledger.NONE || other == Ledger.NONE) {
      return one == Ledger.NONE ? other : one;
    }
    return ledger.links.stamp(one) <= ledger.links.stamp(other) ? one : other;
  }

  private Victim take(int link, Cause cause) {
    var blob = ledger.links.blob(link);
    ledger.recency.remove(link);
    ledger.leaving.set(link);
    ledger.blobs.addCached(blob, -1);
    var last = ledger.blobs.cached(blob) == 0 && ledger.blobs.hosted(blob) == 0;
    var size = last ? Math.max(0, ledger.blobs.size(blob)) : 0;
    if (last && ledger.share(blob) == Share.CACHED) {
      leaving += size;
    }
    var digest = ledger.digest(link);
    holds.leave(digest);
    return new Victim(
        link,
        ledger.names.get(ledger.links.repository(link)),
        ledger.links.kind(link),
        digest,
        last,
        size,
        cause);
  }

  /** The blob of a victim is not stored any more; its link still is. */
  void gone(Victim victim) {
    synchronized (ledger) {
      settle(victim);
      ledger.resize(ledger.links.blob(victim.link()), BlobTable.ABSENT);
    }
  }

  /** A victim is not stored any more; true if its repository has nothing left. */
  boolean left(Victim victim) {
    boolean empty;
    synchronized (ledger) {
      var repository = ledger.links.repository(victim.link());
      ledger.remove(victim.link());
      empty = ledger.names.links(repository) == 0;
    }
    tell(victim);
    return empty;
  }

  /** A victim could not be removed, or is being read: it counts as used. */
  void stays(Victim victim) {
    synchronized (ledger) {
      settle(victim);
      ledger.leaving.clear(victim.link());
      ledger.blobs.addCached(ledger.links.blob(victim.link()), 1);
      ledger.touch(victim.link());
    }
    tell(victim);
  }

  /** The bytes that were to go with a victim have gone, or will not go. */
  private void settle(Victim victim) {
    var blob = ledger.links.blob(victim.link());
    if (victim.last()
        && ledger.blobs.size(blob) != BlobTable.ABSENT
        && ledger.share(blob) == Share.CACHED) {
      leaving -= victim.size();
    }
  }

  private void tell(Victim victim) {
    @Nullable Promise<Void> waiting;
    synchronized (ledger) {
      waiting = holds.left(victim.digest());
    }
    if (waiting != null) {
      waiting.complete();
    }
  }
}
