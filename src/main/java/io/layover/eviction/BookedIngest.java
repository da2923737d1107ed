package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.storage.Ingest;
import io.layover.storage.Spool;
import io.vertx.core.Future;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A blob that comes in: room is made for it beforehand, and as long as somebody reads it from the
 * file that it came in, it stays.
 */
final class BookedIngest implements Ingest {
  private final Ingest ingest;
  private final Digest digest;
  private final Spool spool;
  private final Books books;
  private final Choice choice;
  private final long room;
  private final AtomicBoolean reserved = new AtomicBoolean(true);

  BookedIngest(
      Ingest ingest, Digest digest, Spool spool, Books books, Choice choice, Evictor evictor) {
    this.ingest = ingest;
    this.digest = digest;
    this.spool = spool;
    this.books = books;
    this.choice = choice;
    this.room = Math.max(0, spool.announced());
    choice.reserve(room);
    evictor.grown();
  }

  @Override
  public Future<Void> commit() {
    return books.keeping(digest, () -> ingest.commit().onSuccess(v -> stored()));
  }

  private void stored() {
    release();
    books.stored(digest, spool.size());
    books.keeping(digest, spool::closed);
  }

  @Override
  public Future<Void> abandon() {
    release();
    return ingest.abandon();
  }

  private void release() {
    if (reserved.compareAndSet(true, false)) {
      choice.release(room);
    }
  }
}
