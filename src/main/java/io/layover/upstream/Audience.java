package io.layover.upstream;

import io.vertx.core.Context;
import java.time.Duration;

/** The readers of a fill: it notices when there have been none for a while. */
final class Audience {
  private static final long NONE = -1;

  private final Context context;
  private final Duration patience;
  private final Runnable gone;

  // Guarded by this.
  private int present;
  private long changes;

  // Touched on the context only.
  private long timer = NONE;
  private boolean dismissed;

  /**
   * @param patience for how long there may be no reader; without end if it is zero
   * @param gone what to do then, on {@code context}
   */
  Audience(Context context, Duration patience, Runnable gone) {
    this.context = context;
    this.patience = patience;
    this.gone = gone;
  }

  synchronized void enter() {
    present++;
    changes++;
  }

  void leave() {
    long now;
    synchronized (this) {
      changes++;
      if (--present > 0 || patience.isZero()) {
        return;
      }
      now = changes;
    }
    context.runOnContext(v -> watch(now));
  }

  /**
   * The fill is over: who still reads, or leaves, is of no interest, and nothing is held for it.
   */
  void dismiss() {
    context.runOnContext(
        v -> {
          dismissed = true;
          stopWatching();
        });
  }

  private void watch(long since) {
    stopWatching();
    if (!dismissed) {
      timer = context.owner().setTimer(patience.toMillis(), fired -> look(since));
    }
  }

  private void stopWatching() {
    if (timer != NONE) {
      context.owner().cancelTimer(timer);
      timer = NONE;
    }
  }

  private void look(long since) {
    timer = NONE;
    synchronized (this) {
      if (changes != since) {
        return;
      }
    }
    gone.run();
  }
}
