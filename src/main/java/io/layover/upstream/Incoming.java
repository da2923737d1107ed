package io.layover.upstream;

import io.layover.log.Reason;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.ReadStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer, paused until someone reads it. It adds what the client leaves out: a break
 * that happens before anyone listens is not lost, nor is what had come before it, and a body that
 * has begun may neither stay silent for ever nor drip for ever. Used on the context of the request.
 */
final class Incoming implements ReadStream<Buffer> {
  private static final long NONE = -1;

  /** What does not bring so many bytes in time is as good as silent. */
  private static final long LEAST = 1024;

  /** What was received before a break is handed out within this time. */
  private static final long SETTLE_MILLIS = 10;

  private final HttpClientResponse response;
  private final String host;
  private final Duration silence;
  private final Context context;
  private @Nullable Handler<Buffer> handler;
  private @Nullable Handler<Void> endHandler;
  private @Nullable Handler<Throwable> exceptionHandler;
  private @Nullable UpstreamFailure broken;
  private IntConsumer counter = bytes -> {};
  private boolean flowing;
  private boolean over;
  private long timer = NONE;
  private long lastArrival = System.nanoTime();

  /** When it was last waited for anew, and how much has come since; waiting here does not count. */
  private long since = lastArrival;

  private long crumbs;
  private long pausedAt = lastArrival;

  Incoming(HttpClientResponse response, String host, Duration silence) {
    this.response = response;
    this.host = host;
    this.silence = silence;
    this.context = Vertx.currentContext();
    response.pause();
    response.exceptionHandler(
        e -> fail(new UpstreamFailure(Kind.UNAVAILABLE, host + " broke off: " + Reason.of(e), e)));
    response.endHandler(v -> end());
    response.handler(this::arrive);
  }

  /** Tells {@code arrived} how many bytes come. */
  void count(IntConsumer arrived) {
    counter = arrived;
  }

  private void arrive(Buffer chunk) {
    lastArrival = System.nanoTime();
    crumbs += chunk.length();
    if (crumbs >= LEAST) {
      since = lastArrival;
      crumbs = 0;
    }
    counter.accept(chunk.length());
    if (!over && handler != null) {
      handler.handle(chunk);
    }
  }

  private void end() {
    if (!over) {
      finish();
      if (endHandler != null) {
        endHandler.handle(null);
      }
    }
  }

  private void fail(UpstreamFailure how) {
    if (!over && broken == null) {
      broken = how;
      tell();
    }
  }

  private void finish() {
    over = true;
    if (timer != NONE) {
      context.owner().cancelTimer(timer);
    }
  }

  /**
   * Passes a break on once there is someone who reads, and has read all that had come before: the
   * client says that a connection is gone before it hands out what it still holds.
   */
  private void tell() {
    var before = lastArrival;
    context
        .owner()
        .setTimer(
            SETTLE_MILLIS,
            fired -> {
              var failure = broken;
              if (failure == null || !flowing || over) {
                return;
              }
              if (lastArrival != before) {
                tell();
                return;
              }
              finish();
              if (exceptionHandler != null) {
                exceptionHandler.handle(failure);
              }
            });
  }

  /** Gives up the connection; nothing more comes, no break either. */
  void abandon() {
    finish();
    response.request().reset();
  }

  private void watch(long millis) {
    timer = context.owner().setTimer(millis, fired -> look());
  }

  /** Silence counts only while someone waits: what is paused here may well be silent. */
  private void look() {
    timer = NONE;
    if (over || !flowing || broken != null) {
      return;
    }
    var quiet = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
    if (quiet < silence.toMillis()) {
      watch(silence.toMillis() - quiet);
    } else {
      var what = crumbs == 0 ? "nothing for" : "less than " + LEAST + " bytes in";
      fail(
          UpstreamFailure.refused(
              Refusal.SLOW, "%s sent %s %s".formatted(host, what, Patience.text(silence))));
      response.request().reset();
    }
  }

  @Override
  public Incoming handler(@Nullable Handler<Buffer> to) {
    handler = to;
    return this;
  }

  @Override
  public Incoming endHandler(@Nullable Handler<Void> to) {
    endHandler = to;
    return this;
  }

  @Override
  public Incoming exceptionHandler(@Nullable Handler<Throwable> to) {
    exceptionHandler = to;
    return this;
  }

  @Override
  public Incoming pause() {
    if (flowing) {
      flowing = false;
      pausedAt = System.nanoTime();
    }
    response.pause();
    return this;
  }

  @Override
  public Incoming resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public Incoming fetch(long amount) {
    lastArrival = System.nanoTime();
    if (!flowing) {
      flowing = true;
      since = Math.min(lastArrival, since + lastArrival - pausedAt);
    }
    if (!over) {
      response.fetch(amount);
      if (broken != null) {
        tell();
      } else if (timer == NONE) {
        watch(silence.toMillis());
      }
    }
    return this;
  }
}
