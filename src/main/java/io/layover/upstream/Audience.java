package io.layover.upstream;

import io.vertx.core.Context;
import java.time.Duration;

/** The readers of a fill: it notices when there have been none for a while. */
final class Audience {
  private final Context context;
  private final Duration patience;
  private final Runnable gone;

  // Guarded by this.
  private int present;
  private long changes;

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
    context.runOnContext(v -> context.owner().setTimer(patience.toMillis(), fired -> look(now)));
  }

  private void look(long since) {
    synchronized (this) {
      if (changes != since) {
        return;
      }
    }
    gone.run();
  }
}
