package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who reads a fill, and what is held for those who do not. */
class AudienceTest {
  private static final Duration LONG = Duration.ofHours(1);

  private final Vertx vertx = Vertx.vertx();
  private final Context context = vertx.getOrCreateContext();

  @AfterEach
  void stop() {
    vertx.close().await();
  }

  @Test
  void saysWhenTheLastReaderHasBeenGoneForAWhile() throws Exception {
    var gone = new CountDownLatch(1);
    var audience = new Audience(context, Duration.ofMillis(20), gone::countDown);
    audience.enter();
    audience.enter();
    audience.leave();
    settle();
    assertEquals(1, gone.getCount());
    audience.leave();
    assertTrue(gone.await(30, TimeUnit.SECONDS));
  }

  /** A mirror fills thousands of blobs while the time for which one is held would run. */
  @Test
  void holdsNothingOnceTheFillIsOver() throws Exception {
    var held = begunAndOver();
    for (var i = 0; i < 100 && held.get() != null; i++) {
      System.gc();
      settle();
    }
    assertNull(held.get());
  }

  private WeakReference<Object> begunAndOver() throws Exception {
    var calls = new AtomicInteger();
    var fill = new Object();
    var audience = new Audience(context, LONG, () -> calls.addAndGet(fill.hashCode()));
    audience.enter();
    audience.leave();
    settle();
    audience.enter();
    audience.dismiss();
    audience.leave();
    settle();
    return new WeakReference<>(fill);
  }

  /** Waits until all that was to run on the context has run. */
  private void settle() throws Exception {
    Promise<Void> settled = Promise.promise();
    context.runOnContext(v -> settled.complete());
    settled.future().toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
