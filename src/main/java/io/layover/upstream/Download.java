package io.layover.upstream;

import io.layover.storage.Blob;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.jspecify.annotations.Nullable;

/**
 * The way of a blob, or a part of it, from its upstream to a target, in as many pieces as it takes:
 * where one breaks off, the next begins, with whatever token and redirect it then needs.
 */
final class Download {
  /** What brings a piece is gone on with at once only if it brings so much. */
  private static final long PROGRESS = 64 << 10;

  /** So many pieces are nothing unusual, however small the blob is. */
  private static final long FEW_PIECES = 64;

  /** Where the bytes go. */
  interface Target {
    /** The first byte that it does not have yet. */
    long reached();

    /**
     * Takes the body of a piece, which may begin before that byte. The future fails with {@link
     * UpstreamFailure} if the upstream is to blame, and with something else where no other piece
     * would help.
     */
    Future<Void> take(Piece piece);
  }

  private final Origin origin;
  private final Target target;
  private final Persistence persistence;
  private final long to;
  private final Promise<Void> done = Promise.promise();

  private long total;
  private long pieces = 1;
  private int failures;
  private @Nullable Piece current;

  /**
   * @param to the byte behind the last one that the target wants, {@link Blob#UNKNOWN} for the end
   * @param total the size of the blob as far as it is known
   */
  Download(Origin origin, Target target, Persistence persistence, long to, long total) {
    this.origin = origin;
    this.target = target;
    this.persistence = persistence;
    this.to = to;
    this.total = total;
  }

  /** Fetches all that the target does not have yet. */
  Future<Void> run() {
    next();
    return done.future();
  }

  /** The same, with the first piece begun already. */
  Future<Void> from(Piece piece) {
    take(piece);
    return done.future();
  }

  /** Leaves it at what the target has. */
  void stop(Throwable cause) {
    if (done.tryFail(cause) && current != null) {
      current.answer().abandon();
    }
  }

  private void next() {
    if (done.future().isComplete()) {
      return;
    }
    var from = target.reached();
    Future.succeededFuture()
        .compose(v -> origin.begin(from, to, total))
        .onSuccess(this::take)
        .onFailure(e -> brokeOff(e, 0));
  }

  private void take(Piece piece) {
    if (done.future().isComplete()) {
      piece.answer().abandon();
      return;
    }
    current = piece;
    total = piece.total();
    if (piece.isEmpty()) {
      piece.answer().discard();
      done.tryComplete();
      return;
    }
    if (pieces > 1) {
      origin.meters().resumed();
    }
    var before = target.reached();
    Future.succeededFuture()
        .compose(v -> target.take(piece))
        .onFailure(e -> piece.answer().abandon())
        .onComplete(taken -> taken(piece, before, taken.cause()));
  }

  private void taken(Piece piece, long before, @Nullable Throwable cause) {
    var reached = target.reached();
    if (reached > before) {
      failures = 0;
    }
    if (isComplete(reached) || (cause == null && piece.end() == Blob.UNKNOWN)) {
      done.tryComplete();
    } else if (cause == null && reached == piece.end()) {
      // A part of what was asked for, as it may be.
      goOn(reached - before, crumbs());
    } else if (cause == null) {
      brokeOff(
          new UpstreamFailure(
              Kind.UNAVAILABLE, "it sent %d of %d bytes".formatted(reached, piece.end())),
          reached - before);
    } else {
      brokeOff(counted(cause), reached - before);
    }
  }

  /** What comes too slowly is gone on with, unlike what is refused, and counted with that. */
  private Throwable counted(Throwable cause) {
    return cause instanceof UpstreamFailure failure && failure.refusal() == Refusal.SLOW
        ? origin.refuse(Refusal.SLOW, failure.getMessage())
        : cause;
  }

  private boolean isComplete(long reached) {
    return reached == (to == Blob.UNKNOWN ? total : to);
  }

  private void brokeOff(Throwable cause, long progress) {
    if (cause instanceof UpstreamFailure failure
        && Persistence.isWorthTrying(failure)
        && failures < persistence.attempts()) {
      origin.failed(failure, "broke off after %d bytes and goes on".formatted(target.reached()));
      goOn(progress, failure);
    } else {
      done.tryFail(cause);
    }
  }

  private void goOn(long progress, UpstreamFailure why) {
    if (pieces == FEW_PIECES + target.reached() / PROGRESS) {
      done.tryFail(crumbs());
      return;
    }
    pieces++;
    origin.meters().retried();
    if (progress < PROGRESS) {
      failures++;
    }
    var pause = persistence.pause(failures, why);
    if (pause.isZero()) {
      next();
    } else {
      Vertx.currentContext().owner().setTimer(pause.toMillis(), fired -> next());
    }
  }

  private static UpstreamFailure crumbs() {
    return new UpstreamFailure(Kind.UNAVAILABLE, "it sends so little at a time that it is no use");
  }
}
