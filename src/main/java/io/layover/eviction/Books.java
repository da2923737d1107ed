package io.layover.eviction;

import io.layover.futures.Futures;
import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What happens to blobs and links is noted here, by whoever does it and when it is done. */
final class Books {
  private final Ledger ledger;
  private final Holds holds;
  private final Census census;

  Books(Ledger ledger, Holds holds, Census census) {
    this.ledger = ledger;
    this.holds = holds;
    this.census = census;
  }

  /** A link was asked for; if it is known it counts as used. Makes no object and waits for none. */
  void used(RepositoryName name, Kind kind, Digest digest) {
    synchronized (ledger) {
      var link = ledger.find(name, kind, digest);
      if (link != Ledger.NONE) {
        ledger.touch(link);
      }
    }
  }

  /** False while there may be links that are not known here. */
  boolean isComplete() {
    return census.isComplete();
  }

  /** A link is there. */
  void linked(RepositoryName name, Kind kind, Digest digest) {
    synchronized (ledger) {
      var link = ledger.obtain(name, kind, digest);
      ledger.touch(link);
      census.seen(link);
    }
  }

  /** A link was removed by somebody who may. */
  void unlinked(RepositoryName name, Kind kind, Digest digest) {
    synchronized (ledger) {
      var link = ledger.find(name, kind, digest);
      if (link != Ledger.NONE && !ledger.leaving.get(link)) {
        ledger.remove(link);
      }
    }
  }

  /** A blob is there. */
  void stored(Digest digest, long size) {
    synchronized (ledger) {
      var blob = ledger.blobs.obtain(digest);
      ledger.resize(blob, size);
      census.seenBlob(blob);
    }
  }

  /** True if the size of a blob is known. */
  boolean isSized(Digest digest) {
    synchronized (ledger) {
      var blob = ledger.blobs.find(digest);
      return blob != Ledger.NONE && ledger.blobs.size(blob) != BlobTable.ABSENT;
    }
  }

  /** A blob was removed by somebody who may. */
  void deleted(Digest digest) {
    synchronized (ledger) {
      var blob = ledger.blobs.find(digest);
      if (blob != Ledger.NONE) {
        ledger.resize(blob, BlobTable.ABSENT);
      }
    }
  }

  /** Runs an action after which the blob is linked to; it is not evicted meanwhile. */
  <T> Future<T> keeping(Digest digest, Supplier<Future<T>> action) {
    @Nullable Future<Void> leaving;
    synchronized (ledger) {
      leaving = holds.keep(digest);
    }
    if (leaving != null) {
      return Futures.onCallersContext(leaving).compose(v -> keeping(digest, action));
    }
    return Future.succeededFuture()
        .compose(v -> action.get())
        .onComplete(
            done -> {
              synchronized (ledger) {
                holds.release(digest);
              }
            });
  }
}
