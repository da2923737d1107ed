package io.layover.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.layover.upstream.Budget.Limit;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** An upstream that fails, fails for everyone: the log says so once, and when it is over. */
class FailureLogTest {
  private final AtomicLong now = new AtomicLong();
  private final FailureLog failures = new FailureLog("docker.io", now::get);
  private final Logger logger = (Logger) LoggerFactory.getLogger(FailureLog.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
  }

  private List<String> lines() {
    return lines.list.stream()
        .filter(line -> line.getLevel().isGreaterOrEqual(Level.INFO))
        .map(line -> line.getLevel() + " " + line.getFormattedMessage())
        .toList();
  }

  private void fail(Kind kind) {
    failures.failed(new UpstreamFailure(kind, "why"), "library/app");
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static final String WARNING = "WARN upstream docker.io, library/app: why";
  private static final String OVER = "INFO upstream docker.io answers again";

  @Test
  void warnsOncePerKindAndMinute() {
    fail(Kind.UNAVAILABLE);
    fail(Kind.UNAVAILABLE);
    assertEquals(List.of(WARNING), lines());
    fail(Kind.LIMITED);
    fail(Kind.BROKEN);
    fail(Kind.REFUSED);
    fail(Kind.BROKEN);
    assertEquals(4, lines().size());
    pass(Duration.ofSeconds(59));
    fail(Kind.UNAVAILABLE);
    assertEquals(4, lines().size());
    pass(Duration.ofSeconds(1));
    fail(Kind.UNAVAILABLE);
    assertEquals(5, lines().size());
  }

  @Test
  void whatIsNotThereIsNoTrouble() {
    fail(Kind.ABSENT);
    assertEquals(List.of(), lines());
  }

  @Test
  void saysOnceThatItIsOver() {
    failures.answered(HttpMethod.GET, 200);
    fail(Kind.UNAVAILABLE);
    failures.answered(HttpMethod.GET, 503);
    failures.answered(HttpMethod.GET, 429);
    assertEquals(List.of(WARNING), lines());
    failures.answered(HttpMethod.HEAD, 404);
    failures.answered(HttpMethod.GET, 200);
    assertEquals(List.of(WARNING, OVER), lines());
  }

  @Test
  void comingAndGoingIsNotSaidMoreThanOnceAMinute() {
    for (var i = 0; i < 59; i++) {
      fail(Kind.UNAVAILABLE);
      failures.answered(HttpMethod.GET, 200);
      pass(Duration.ofSeconds(1));
    }
    assertEquals(List.of(WARNING, OVER), lines());
  }

  @Test
  void aLimitIsOverWhenSomethingIsPulledAgain() {
    fail(Kind.LIMITED);
    failures.answered(HttpMethod.HEAD, 200);
    assertEquals(List.of(WARNING), lines());
    failures.answered(HttpMethod.GET, 200);
    assertEquals(List.of(WARNING, OVER), lines());
  }

  @Test
  void aWrongBlobIsNotOverBecauseAnotherIsRight() {
    fail(Kind.BROKEN);
    failures.answered(HttpMethod.GET, 200);
    assertEquals(List.of(WARNING), lines());
  }

  @Test
  void saysWhatIsDoneAboutIt() {
    failures.leftAlone();
    failures.leftAlone();
    failures.limited(Limit.PULL, Duration.ofSeconds(30));
    // It has just been said.
    fail(Kind.LIMITED);
    failures.low(new RateLimit(100, 24, Duration.ofHours(6)), Budget.Level.LOW);
    failures.low(new RateLimit(100, 5, Duration.ofHours(6)), Budget.Level.RESERVE);
    assertEquals(
        List.of(
            "WARN upstream docker.io has failed several times in a row; it is left alone for some"
                + " seconds at a time, and what is cached is served",
            "WARN upstream docker.io (429) limits how much is pulled; manifests are not asked for"
                + " for 30 s, and what is cached is served",
            "WARN upstream docker.io lets us pull 24 more of 100; tags are asked for less often",
            "WARN upstream docker.io lets us pull 5 more of 100; they are kept for what is not"
                + " cached in any form"),
        lines());
  }

  @Test
  void offlineIsWhatWasAskedFor() {
    failures.failed(UpstreamFailure.offline(), "library/app");
    assertEquals(List.of(), lines());
  }
}
