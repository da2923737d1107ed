package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.RegistryException;
import io.layover.storage.Blob;
import io.layover.storage.Ingest;
import io.layover.storage.Spool;
import io.layover.trace.Spans;
import io.layover.upstream.FillMeters.End;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The work behind a fill. It goes on with what an earlier one has left, takes the blob into a file
 * beside the store, verifies it, puts it into the store, and only then shows readers the end of it:
 * what a client has got whole is there for the next one, whatever happens to this process.
 */
final class Filling implements Download.Target {
  private final Fill fill;
  private final Digest digest;
  private final Origin origin;
  private final Fills.Place place;
  private final Path file;
  private final Detour detour;
  private final Runnable forget;
  private long there;
  private @Nullable Spool spool;

  /**
   * @param forget takes the fill out of those that can be joined
   */
  Filling(Fill fill, Digest digest, Origin origin, Fills.Place place, Runnable forget) {
    this.fill = fill;
    this.digest = digest;
    this.origin = origin;
    this.place = place;
    this.file = place.parts().of(digest);
    this.detour = new Detour(digest, origin, place.rules().persistence(), place.ahead());
    this.forget = forget;
  }

  Future<Void> run() {
    return begin()
        .onFailure(
            e -> {
              forget.run();
              fill.fail(e);
            })
        .compose(
            piece ->
                prepare(piece)
                    .transform(
                        made ->
                            made.succeeded()
                                ? receive(made.result(), piece)
                                : goWithout(made.cause(), piece)));
  }

  /** Asks for what is not there yet. */
  private Future<Piece> begin() {
    return leftover()
        .compose(
            size -> {
              there = size;
              // Nothing can be asked for behind the end, so the last byte is asked for once more.
              return size == 0 ? ask(0) : ask(size < origin.expectedSize() ? size : size - 1);
            })
        .recover(
            e -> {
              if (there > 0
                  && e instanceof UpstreamFailure failure
                  && failure.kind() == Kind.BROKEN) {
                origin.failed(failure, "begins anew, as what was left of it is of no use");
                there = 0;
                return delete().compose(v -> ask(0));
              }
              return Future.failedFuture(e);
            });
  }

  private Future<Piece> ask(long from) {
    return Future.succeededFuture()
        .compose(v -> origin.begin(from, Blob.UNKNOWN, origin.expectedSize()))
        .map(
            piece -> {
              if (piece.total() > place.rules().largest()) {
                var message = "it has " + piece.total() + " bytes of it, more than is taken";
                throw piece.answer().refused(origin.refuse(Refusal.SIZE, message));
              }
              return piece;
            });
  }

  /** How much an earlier fill has left; nothing if that cannot be right. */
  private Future<Long> leftover() {
    var expected = origin.expectedSize();
    var most = expected == Blob.UNKNOWN ? place.rules().largest() : expected;
    return place
        .disk()
        .run(
            () -> {
              try {
                var size = Files.size(file);
                if (size <= most) {
                  return size;
                }
                Files.delete(file);
                return 0L;
              } catch (NoSuchFileException e) {
                return 0L;
              }
            });
  }

  private Future<Spool> prepare(Piece piece) {
    var disk = place.disk();
    return disk.run(
            () -> {
              var directory = file.getParent();
              if (directory != null) {
                Files.createDirectories(directory);
                checkRoom(directory, piece.total() - there);
              }
              return null;
            })
        .compose(
            v ->
                there == 0
                    ? Spool.create(disk, file, digest.algorithm(), Fill.WITHHELD)
                    : Spool.resume(disk, file, digest.algorithm(), Fill.WITHHELD));
  }

  /** What will not fit need not fill the disk up first; 0 is also said by those who do not know. */
  private static void checkRoom(Path directory, long bytes) throws IOException {
    var free = directory.toFile().getUsableSpace();
    if (free > 0 && free < bytes) {
      throw new IOException("%d bytes are left on the disk, %d are needed".formatted(free, bytes));
    }
  }

  private Future<Void> receive(Spool into, Piece piece) {
    spool = into;
    var size = piece.total();
    if (size != Blob.UNKNOWN) {
      into.announce(size);
    }
    var ingest = place.blobs().ingest(digest, into);
    var gap = place.rules().rangeGap();
    var download = new Download(origin, this, place.rules().persistence(), Blob.UNKNOWN, size);
    var audience =
        new Audience(
            Vertx.currentContext(),
            place.rules().unwatched(),
            () -> download.stop(new CancellationException("nobody reads it any more")));
    fill.open(() -> into.retain() ? new Follower(digest, into, size, gap, detour, audience) : null);
    return download
        .from(piece)
        .compose(v -> store(into, ingest))
        .recover(e -> end(into, ingest, e))
        .onComplete(
            v -> {
              audience.dismiss();
              into.close();
            });
  }

  @Override
  public long reached() {
    return spool == null ? 0 : spool.size();
  }

  @Override
  public Future<Void> take(Piece piece) {
    if (spool == null) {
      return Future.failedFuture(new IllegalStateException("there is nothing to take it into"));
    }
    var limit = piece.end() == Blob.UNKNOWN ? place.rules().largestUndeclared() : piece.end();
    return spool
        .append(piece.answer().stream(origin.meters()::received), piece.start(), limit)
        .recover(e -> Future.failedFuture(explained(e)));
  }

  private Throwable explained(Throwable e) {
    return switch (e) {
      case Spool.TooLong much ->
          origin.refuse(Refusal.SIZE, "it sent " + much.getMessage() + ", which is too much");
      case Spool.Changed other -> origin.refuse(Refusal.CONTENT, "it sent " + other.getMessage());
      default -> e;
    };
  }

  private Future<Void> store(Spool whole, Ingest ingest) {
    var actual = whole.digest();
    if (!actual.equals(digest)) {
      return Future.failedFuture(
          origin.refuse(Refusal.DIGEST, "it sent something else, with the digest " + actual));
    }
    return Spans.within("store", () -> publish(ingest))
        .onSuccess(v -> origin.meters().ended(End.STORED))
        .recover(
            e -> {
              // What came is right all the same.
              origin.uncached(e);
              origin.meters().ended(End.UNCACHED);
              return ingest.abandon().transform(v -> delete());
            })
        .onComplete(
            v -> {
              forget.run();
              whole.release();
            });
  }

  private Future<Void> publish(Ingest ingest) {
    return place.blobs().keeping(digest, () -> ingest.commit().compose(v -> origin.published()));
  }

  /** It ended before the blob was there. */
  private Future<Void> end(Spool part, Ingest ingest, Throwable cause) {
    var isFull = cause instanceof IOException;
    var kept = isWorthKeeping(cause) && part.size() > 0;
    return ingest
        .abandon()
        .transform(v -> kept ? Future.<Void>succeededFuture() : delete())
        .transform(
            v -> {
              // Readers are told last: whoever asks again at once finds nothing in the way.
              forget.run();
              if (isFull) {
                origin.uncached(cause);
                origin.meters().ended(End.UNCACHED);
                part.halt();
              } else {
                origin.broke(cause);
                origin.meters().ended(endOf(cause));
                part.fail(forReaders(cause));
              }
              return Future.succeededFuture();
            });
  }

  /** The storage cannot be written: readers get the blob past it. */
  private Future<Void> goWithout(Throwable cause, Piece piece) {
    forget.run();
    if (!(cause instanceof IOException)) {
      piece.answer().abandon();
      origin.broke(cause);
      fill.fail(cause);
      return Future.succeededFuture();
    }
    origin.uncached(cause);
    origin.meters().ended(End.UNCACHED);
    var first = new AtomicReference<@Nullable Piece>(piece);
    var context = Vertx.currentContext();
    fill.open(() -> new Bypass(digest, piece.total(), detour, first, context));
    return Future.succeededFuture();
  }

  private Future<Void> delete() {
    return place
        .disk()
        .run(
            () -> {
              Files.deleteIfExists(file);
              return null;
            });
  }

  private static End endOf(Throwable e) {
    return switch (e) {
      case CancellationException left -> End.LEFT;
      case UpstreamFailure failure when failure.kind() == Kind.BROKEN -> End.REFUSED;
      default -> End.FAILED;
    };
  }

  /** True if it may well be gone on with, as after the end of this process. */
  private static boolean isWorthKeeping(Throwable e) {
    return e instanceof RejectedExecutionException
        || e instanceof CancellationException
        || (e instanceof UpstreamFailure failure && failure.kind() != Kind.BROKEN);
  }

  /** What a client may know, if it has no byte of the answer yet. */
  private static Throwable forReaders(Throwable e) {
    return e instanceof UpstreamFailure || e instanceof CancellationException
        ? new RegistryException(
            ErrorCode.UPSTREAM_FAILED, "the upstream broke off, or sent something else", null, e)
        : e;
  }
}
