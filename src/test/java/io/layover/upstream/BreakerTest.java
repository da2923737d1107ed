package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.upstream.Breaker.State;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** An upstream that fails again and again is left alone, longer and longer, and tried by one. */
class BreakerTest {
  private final HandTime time = new HandTime();
  private double random = 1;
  private final Breaker breaker = new Breaker(time::nanos, () -> random);

  private void fail(int times) {
    for (var i = 0; i < times; i++) {
      assertTrue(breaker.admits());
      breaker.failed();
    }
  }

  @Test
  void opensAfterFiveFailuresInARow() {
    fail(4);
    assertTrue(breaker.admits());
    breaker.succeeded();
    fail(4);
    assertEquals(State.CLOSED, breaker.state());
    assertTrue(breaker.admits());
    assertTrue(breaker.failed(), "it opened");
    assertEquals(State.OPEN, breaker.state());
    assertFalse(breaker.admits());
    assertEquals(Duration.ofSeconds(1), breaker.rest());
  }

  @Test
  void oneRequestDecides() {
    fail(5);
    time.pass(Duration.ofSeconds(1));
    assertTrue(breaker.admits());
    assertEquals(State.PROBING, breaker.state());
    assertFalse(breaker.admits());
    breaker.succeeded();
    assertTrue(breaker.admits());
    assertTrue(breaker.admits());
  }

  @Test
  void restsLongerEachTimeUpToABound() {
    fail(5);
    for (var seconds : new int[] {1, 2, 4, 8, 16, 30, 30}) {
      assertEquals(Duration.ofSeconds(seconds), breaker.rest());
      time.pass(Duration.ofSeconds(seconds));
      assertTrue(breaker.admits());
      assertFalse(breaker.failed(), "it was open before");
    }
    time.pass(Duration.ofSeconds(30));
    assertTrue(breaker.admits());
    breaker.succeeded();
    fail(5);
    assertEquals(Duration.ofSeconds(1), breaker.rest());
  }

  @Test
  void notEverybodyComesBackAtOnce() {
    random = 0;
    fail(5);
    assertEquals(Duration.ofMillis(500), breaker.rest());
  }

  /** They were sent before it opened. */
  @Test
  void lateFailuresDoNotCount() {
    fail(5);
    breaker.failed();
    breaker.failed();
    assertEquals(Duration.ofSeconds(1), breaker.rest());
  }
}
