package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.BlobStore;
import io.layover.storage.Disk;
import io.layover.storage.RepositoryStore;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/**
 * Compares the books with the storage while both are in use: what is not stored any more is
 * forgotten, and what was not known comes in with the time of its file as that of its last use. The
 * storage is always right, whoever wrote it; the books know the order better.
 */
final class Census {
  /** So few things are done at a time, as whoever wants the ledger waits for them. */
  private static final int STEP = 512;

  private final Ledger ledger;
  private volatile boolean complete;
  private volatile boolean stopped;
  private @Nullable Pass pass;

  /** What one look at the storage has brought up so far. */
  private static final class Pass {
    private final BitSet links = new BitSet();
    private final BitSet blobs = new BitSet();

    /** By blob: its last use, as far as the storage knows. */
    private final LongColumn uses = new LongColumn();

    private final IntColumn found = new IntColumn();
    private int count;

    private void add(int link) {
      found.reach(count + 1);
      found.set(count++, link);
    }

    private long use(int blob) {
      uses.reach(blob + 1);
      return uses.get(blob);
    }
  }

  Census(Ledger ledger) {
    this.ledger = ledger;
  }

  /** True once everything that is stored is known. */
  boolean isComplete() {
    return complete;
  }

  /** Looks at all of a storage. */
  Future<Void> take(BlobStore blobs, RepositoryStore repositories, Disk disk) {
    var now = new Pass();
    synchronized (ledger) {
      pass = now;
    }
    return blobs
        .each((digest, size, used) -> blob(now, digest, size, used))
        .compose(
            v ->
                repositories.each(
                    (name, kind, digest, made) -> link(now, name, kind, digest, made)))
        .compose(
            v ->
                disk.run(
                    () -> {
                      finish(now);
                      return null;
                    }));
  }

  /** A link was seen by another than the one who looks through the storage. */
  void seen(int link) {
    if (pass != null) {
      pass.links.set(link);
    }
  }

  /** The same of a blob. */
  void seenBlob(int blob) {
    if (pass != null) {
      pass.blobs.set(blob);
    }
  }

  /** Whoever looks through the storage is to leave off. */
  void stop() {
    stopped = true;
  }

  boolean isStopped() {
    return stopped;
  }

  private void goOn() {
    if (stopped) {
      throw new CancellationException("the server stops");
    }
  }

  private void blob(Pass now, Digest digest, long size, Instant used) {
    goOn();
    synchronized (ledger) {
      var blob = ledger.blobs.obtain(digest);
      ledger.resize(blob, size);
      now.blobs.set(blob);
      now.uses.reach(blob + 1);
      now.uses.set(blob, stamp(used));
    }
  }

  private void link(Pass now, RepositoryName name, Kind kind, Digest digest, Instant made) {
    goOn();
    synchronized (ledger) {
      var link = ledger.obtain(name, kind, digest);
      now.links.set(link);
      if (isNew(link)) {
        ledger.links.setStamp(link, Math.max(stamp(made), now.use(ledger.links.blob(link))));
        now.add(link);
      }
    }
  }

  private boolean isNew(int link) {
    return !ledger.recency.isListed(link) && !ledger.isHosted(link) && !ledger.leaving.get(link);
  }

  /** Clocks may have been wrong; nothing was used in the future, or before there were images. */
  private long stamp(Instant time) {
    return Math.clamp(ChronoUnit.MICROS.between(Instant.EPOCH, time), 0, ledger.now());
  }

  private void finish(Pass now) {
    dropAbsentLinks(now);
    dropAbsentBlobs(now);
    listFound(now);
    synchronized (ledger) {
      pass = null;
      complete = true;
    }
  }

  private void dropAbsentLinks(Pass now) {
    var end = end();
    for (var from = ledger.recency.lists(); from < end; from += STEP) {
      synchronized (ledger) {
        for (var link = from; link < Math.min(end, from + STEP); link++) {
          if (ledger.links.isUsed(link) && !now.links.get(link)) {
            ledger.remove(link);
          }
        }
      }
    }
  }

  private int end() {
    synchronized (ledger) {
      return ledger.links.end();
    }
  }

  private void dropAbsentBlobs(Pass now) {
    int end;
    synchronized (ledger) {
      end = ledger.blobs.end();
    }
    for (var from = 0; from < end; from += STEP) {
      synchronized (ledger) {
        for (var blob = from; blob < Math.min(end, from + STEP); blob++) {
          if (ledger.blobs.size(blob) != BlobTable.ABSENT && !now.blobs.get(blob)) {
            ledger.resize(blob, BlobTable.ABSENT);
          }
        }
      }
    }
  }

  private void listFound(Pass now) {
    var stamps = new long[now.count];
    for (var from = 0; from < stamps.length; from += STEP) {
      synchronized (ledger) {
        for (var i = from; i < Math.min(stamps.length, from + STEP); i++) {
          stamps[i] = ledger.links.stamp(now.found.get(i));
        }
      }
    }
    var order = Order.of(stamps);
    for (var from = 0; from < order.length; from += STEP) {
      synchronized (ledger) {
        for (var i = from; i < Math.min(order.length, from + STEP); i++) {
          var link = now.found.get(order[i]);
          if (ledger.links.isUsed(link) && isNew(link)) {
            ledger.list(link, Ledger.found(ledger.owner(link)));
            ledger.changed.set(link);
          }
        }
      }
    }
  }
}
