package io.layover.standin;

import io.netty.channel.ChannelOption;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;

/** Sends a part of some content as fast as the client reads it, with the faults of a rule. */
final class Body {
  private final Vertx vertx;
  private final HttpServerRequest request;
  private final HttpServerResponse response;
  private final SeenRequest seen;
  private final Content content;
  private final Rule rule;
  private final long from;
  private final long length;
  private long sent;
  private boolean waiting;

  private Body(
      Vertx vertx,
      HttpServerRequest request,
      SeenRequest seen,
      Content content,
      Rule rule,
      long from,
      long length) {
    this.vertx = vertx;
    this.request = request;
    this.response = request.response();
    this.seen = seen;
    this.content = content;
    this.rule = rule;
    this.from = from;
    this.length = length;
  }

  /** Answers with the {@code length} bytes from {@code from}; status and type are set already. */
  static void send(
      Vertx vertx,
      HttpServerRequest request,
      SeenRequest seen,
      Content content,
      Rule rule,
      long from,
      long length) {
    var response = request.response();
    if (rule.chunked) {
      response.setChunked(true);
    } else {
      response.putHeader("Content-Length", Long.toString(length + rule.announceMore));
    }
    Answers.amend(response, rule);
    new Body(vertx, request, seen, content, rule, from, length).start();
  }

  private void start() {
    if (length == 0 && rule.announceMore == 0) {
      response.end();
      return;
    }
    response.writeHead().onSuccess(v -> step());
  }

  private void step() {
    while (!waiting && !response.closed() && !response.writeQueueFull()) {
      if (sent == rule.stallAt && sent < length) {
        return;
      }
      if (sent == rule.cutAt || sent == rule.resetAt) {
        afterWrites(sent == rule.resetAt);
        return;
      }
      if (sent == length) {
        if (rule.announceMore == 0) {
          response.end();
        } else {
          afterWrites(false);
        }
        return;
      }
      write((int) Math.min(Content.STEP, next() - sent));
    }
    if (!waiting && !response.closed()) {
      response.drainHandler(v -> step());
    }
  }

  /** The next place at which something happens. */
  private long next() {
    long place = length;
    for (long fault : new long[] {rule.cutAt, rule.stallAt, rule.resetAt}) {
      place = fault > sent ? Math.min(place, fault) : place;
    }
    // Slow bodies go out in small steps, so that their bytes come evenly.
    return rule.bytesPerSecond == Long.MAX_VALUE
        ? place
        : Math.min(place, sent + Math.max(1, rule.bytesPerSecond / 50));
  }

  private void write(int n) {
    Buffer chunk = content.read(from + sent, n);
    long corrupt = rule.corruptAt - (from + sent);
    if (corrupt >= 0 && corrupt < n) {
      chunk = chunk.copy();
      chunk.setByte((int) corrupt, (byte) (chunk.getByte((int) corrupt) ^ 1));
    }
    sent += n;
    // Before they can arrive: who has them all may look at once.
    seen.sent(n);
    response.write(chunk);
    if (rule.bytesPerSecond != Long.MAX_VALUE) {
      waiting = true;
      vertx.setTimer(
          Math.max(1, 1000L * n / rule.bytesPerSecond),
          timer -> {
            waiting = false;
            step();
          });
    }
  }

  private void afterWrites(boolean reset) {
    waiting = true;
    response.write(Buffer.buffer()).onComplete(done -> breakOff(request, reset));
  }

  /** Closes the connection under an answer; with {@code reset}, so that unread bytes are lost. */
  static void breakOff(HttpServerRequest request, boolean reset) {
    var channel = ((ConnectionBase) request.connection()).channel();
    if (reset) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    channel.close();
  }
}
