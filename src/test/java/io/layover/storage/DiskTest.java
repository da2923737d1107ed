package io.layover.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class DiskTest {
  /** Far more than a job that does nothing takes, with all that its thread does after it. */
  private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(200);

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 4);

  @AfterEach
  void close() {
    disk.close();
    vertx.close().await();
  }

  /** An event loop may lose its processor between two calls, for as long as the job takes. */
  @Test
  void callsBackInOrderWhereTheJobEndsInBetween() {
    var called = new ArrayList<String>();
    var both = Promise.<List<String>>promise();
    vertx.runOnContext(
        v -> {
          var done = disk.run(() -> "read").onSuccess(read -> called.add("first"));
          for (var end = System.nanoTime() + MOMENT;
              !done.isComplete() && System.nanoTime() - end < 0; ) {
            Thread.onSpinWait();
          }
          done.onSuccess(read -> called.add("second")).onSuccess(read -> both.complete(called));
        });
    assertEquals(List.of("first", "second"), both.future().await());
  }
}
