package io.layover.storage.s3;

import io.layover.storage.Lease;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object that its holder writes anew all the time. Who sees it unchanged for a whole term takes
 * it: that needs no clocks that agree.
 */
final class S3Lease implements Lease {
  private static final Logger LOG = LoggerFactory.getLogger(S3Lease.class);
  private static final int LARGEST = 1024;

  private final Bucket bucket;
  private final String key;
  private final long term;
  private final String me = UUID.randomUUID().toString();

  // Guarded by this.
  private long renewals;
  private @Nullable String seen;
  private long seenAt;
  private long heldUntil = System.nanoTime();
  private long timer = -1;
  private boolean released = true;

  /**
   * @param term after which a holder that does not write any more has lost it
   */
  S3Lease(Bucket bucket, String key, Duration term) {
    this.bucket = bucket;
    this.key = key;
    this.term = term.toNanos();
  }

  @Override
  public synchronized boolean isHeld() {
    return !released && System.nanoTime() - heldUntil < 0;
  }

  @Override
  public Future<Boolean> take() {
    synchronized (this) {
      released = false;
    }
    return round()
        .onSuccess(
            held -> {
              if (held) {
                keep();
              }
            });
  }

  private synchronized void keep() {
    if (timer < 0 && !released) {
      timer = bucket.vertx().setPeriodic(Duration.ofNanos(term / 4).toMillis(), t -> renew());
    }
  }

  private void renew() {
    round()
        .onFailure(e -> LOG.debug("{} is not renewed", key, e))
        .onSuccess(
            held -> {
              if (!held) {
                LOG.info("another replica has taken {}", key);
                stop();
              }
            });
  }

  private synchronized void stop() {
    if (timer >= 0) {
      bucket.vertx().cancelTimer(timer);
      timer = -1;
    }
  }

  /** Looks who has it, and takes or renews it if that can be; true if it is held then. */
  private Future<Boolean> round() {
    var begun = System.nanoTime();
    return bucket
        .read(key, LARGEST)
        .compose(
            found -> {
              if (found == null) {
                return write(null, begun);
              }
              var mine = found.content().toString().startsWith(me);
              return mine || isStale(found.etag(), begun)
                  ? write(found.etag(), begun)
                  : Future.succeededFuture(false);
            });
  }

  private synchronized boolean isStale(String etag, long now) {
    if (!etag.equals(seen)) {
      seen = etag;
      seenAt = now;
    }
    return now - seenAt > term;
  }

  private Future<Boolean> write(@Nullable String etag, long begun) {
    Buffer content;
    synchronized (this) {
      if (released) {
        return Future.succeededFuture(false);
      }
      content = Buffer.buffer(me + " " + ++renewals);
    }
    return bucket
        .writeIf(key, content, etag)
        .compose(written -> written == null ? writeUnlessChanged(etag, content) : held(true))
        .onSuccess(
            held -> {
              if (held) {
                hold(begun);
              }
            });
  }

  /** Some stores refuse every condition that an object be the same, even where it is. */
  private Future<Boolean> writeUnlessChanged(@Nullable String etag, Buffer content) {
    return etag == null
        ? held(false)
        : bucket
            .head(key)
            .compose(
                head ->
                    head != null && head.etag().equals(etag)
                        ? bucket.write(key, content).map(true)
                        : held(false));
  }

  private static Future<Boolean> held(boolean held) {
    return Future.succeededFuture(held);
  }

  /** Others count from when they see what was written, so from later. */
  private synchronized void hold(long begun) {
    heldUntil = begun + term * 3 / 4;
  }

  @Override
  public Future<Void> release() {
    boolean held;
    synchronized (this) {
      held = isHeld();
      released = true;
      stop();
    }
    return held ? bucket.delete(key).otherwiseEmpty() : Future.succeededFuture();
  }
}
