package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.layover.auth.Attempts.Attempt;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketsTest {
  private final AtomicLong now = new AtomicLong();

  @Test
  void anEmptyOneFillsWithTime() {
    var buckets = new Buckets(3, Duration.ofSeconds(10), now::get);
    for (var i = 0; i < 3; i++) {
      assertEquals(0, buckets.secondsToWait("a"));
      buckets.take("a");
    }
    assertEquals(10, buckets.secondsToWait("a"));
    assertEquals(0, buckets.secondsToWait("b"));
    pass(4);
    assertEquals(6, buckets.secondsToWait("a"));
    pass(6);
    assertEquals(0, buckets.secondsToWait("a"));
    buckets.take("a");
    assertEquals(10, buckets.secondsToWait("a"));
    pass(1000);
    for (var i = 0; i < 3; i++) {
      assertEquals(0, buckets.secondsToWait("a"));
      buckets.take("a");
    }
    assertEquals(10, buckets.secondsToWait("a"), "it holds no more than it did at first");
  }

  @Test
  void guessesElsewhereDoNotStopWhoIsKnown() {
    var attempts = new Attempts(now::get);
    attempts.right(Attempt.of("alice", "192.0.2.1"));
    for (var i = 0; i < 100; i++) {
      attempts.wrong(Attempt.of("alice", "198.51.100." + i));
    }
    assertEquals(0, attempts.secondsToWait(Attempt.of("alice", "192.0.2.1")));
    assertEquals(6, attempts.secondsToWait(Attempt.of("alice", "192.0.2.2")));
    assertEquals(0, attempts.secondsToWait(Attempt.of("bob", "192.0.2.2")));
  }

  @Test
  void anAddressIsStoppedForEveryAccount() {
    var attempts = new Attempts(now::get);
    for (var i = 0; i < 30; i++) {
      attempts.wrong(Attempt.of("user" + i, "192.0.2.1"));
    }
    assertEquals(2, attempts.secondsToWait(Attempt.of("alice", "192.0.2.1")));
    assertEquals(0, attempts.secondsToWait(Attempt.of("alice", "192.0.2.2")));
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,     192.0.2.2,           false",
    "2001:db8::1,   2001:db8::ffff:1,    true",
    "2001:db8::1,   2001:db8:0:1::1,     false",
    "2001:db8::1%1, 192.0.2.1,           false",
  })
  void anIpv6NetworkIsOneAddress(String one, String other, boolean same) {
    assertEquals(same, Attempt.of("a", one).equals(Attempt.of("a", other)));
  }

  private void pass(long seconds) {
    now.addAndGet(Duration.ofSeconds(seconds).toNanos());
  }
}
