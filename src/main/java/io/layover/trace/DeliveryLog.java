package io.layover.trace;

import io.layover.log.Reason;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log when the way to a collector is broken, now and then, and when it is whole again.
 */
public final class DeliveryLog {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryLog.class);
  private static final long QUIET_NANOS = Duration.ofMinutes(5).toNanos();

  private final String what;

  // Guarded by this.
  private boolean broken;
  private long lastSaid;

  /**
   * @param what is delivered, in the plural
   */
  public DeliveryLog(String what) {
    this.what = what;
  }

  public synchronized void delivered() {
    if (broken) {
      LOG.info("{} are delivered again", what);
      broken = false;
    }
  }

  public synchronized void failed(Throwable cause) {
    var now = System.nanoTime();
    if (!broken || now - lastSaid > QUIET_NANOS) {
      LOG.warn("{} cannot be delivered: {}", what, Reason.of(cause));
      broken = true;
      lastSaid = now;
    }
  }
}
