package io.layover;

import io.vertx.core.Future;
import java.time.Duration;

/** A server that runs until it is told to stop. */
interface Running {
  /** How long running transfers are given when it is closed. */
  Duration drainTimeout();

  /** Takes no more connections, lets running transfers finish in time, and ends. */
  Future<Void> close();
}
