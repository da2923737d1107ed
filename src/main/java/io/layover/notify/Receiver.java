package io.layover.notify;

import io.layover.log.Reason;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server that is told of events, one after the other. One that fails is tried again until it
 * takes the event; one that is slow or gone costs nothing but its queue.
 */
final class Receiver {
  private static final Logger LOG = LoggerFactory.getLogger(Receiver.class);

  private final Receivers.Rules rules;
  private final Waiting waiting;
  private final ReceiverMeters meters;
  private final Vertx vertx;
  private final Context context;
  private final HttpClient http;
  private final AtomicBoolean busy = new AtomicBoolean();
  private final AtomicBoolean full = new AtomicBoolean();
  private final Promise<Void> emptied = Promise.promise();
  private volatile boolean closing;
  private volatile boolean closed;

  /** In a row; only touched by what sends, which does one thing at a time. */
  private int failures;

  Receiver(
      Vertx vertx, HttpClient http, Receivers.Rules rules, Waiting waiting, ReceiverMeters meters) {
    this.vertx = vertx;
    this.http = http;
    this.rules = rules;
    this.waiting = waiting;
    this.meters = meters;
    this.context = vertx.getOrCreateContext();
    meters.watch(waiting, Waiting::size);
  }

  boolean wants(Event event) {
    var content = event.target().content();
    return !rules.ignoredActions().contains(event.action().label())
        && (content == null || !rules.ignoredMediaTypes().contains(content.mediaType()));
  }

  /** Sends an event when its turn comes; returns at once. */
  void tell(Buffer event) {
    var gone = waiting.add(event);
    if (gone > 0) {
      meters.dropped(gone);
      if (full.compareAndSet(false, true)) {
        LOG.warn("notifications to {}: too many wait, the oldest are dropped", rules.name());
      }
    }
    if (busy.compareAndSet(false, true)) {
      context.runOnContext(v -> next());
    }
  }

  private void next() {
    if (closed) {
      return;
    }
    var event = waiting.first();
    if (event != null) {
      post(event).onComplete(v -> taken(event), e -> failed(e));
      return;
    }
    full.set(false);
    busy.set(false);
    if (closing) {
      emptied.tryComplete();
    }
    // One may have come in between.
    if (waiting.size() > 0 && busy.compareAndSet(false, true)) {
      next();
    }
  }

  private void taken(Buffer event) {
    waiting.remove(event);
    meters.sent();
    if (failures > 0) {
      LOG.info("notifications to {} arrive again", rules.name());
    }
    failures = 0;
    next();
  }

  private void failed(Throwable e) {
    meters.failed();
    failures++;
    if (failures == 1) {
      LOG.warn("notifications to {}: {}; it is tried again", rules.name(), Reason.of(e));
    }
    if (failures < rules.threshold()) {
      next();
    } else {
      vertx.setTimer(Math.max(1, rules.backoff().toMillis()), t -> next());
    }
  }

  private Future<Void> post(Buffer event) {
    var millis = Math.max(1, rules.timeout().toMillis());
    var options =
        new RequestOptions()
            .setMethod(HttpMethod.POST)
            .setAbsoluteURI(rules.url().toString())
            .setConnectTimeout(millis)
            .setHeaders(HttpHeaders.headers());
    rules.headers().forEach((name, all) -> all.forEach(one -> options.addHeader(name, one)));
    var user = rules.url().getUserInfo();
    if (user != null && !options.getHeaders().contains("Authorization")) {
      var words = Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
      options.putHeader("Authorization", "Basic " + words);
    }
    options.putHeader("Content-Type", Envelope.MEDIA_TYPE);
    return Future.succeededFuture()
        .compose(v -> http.request(options))
        .compose(request -> send(request, event, millis));
  }

  private static Future<Void> send(HttpClientRequest request, Buffer event, long millis) {
    return request
        .send(event)
        .compose(
            response -> {
              // What it says is of no interest, but the connection is free after it.
              response.end().timeout(millis, TimeUnit.MILLISECONDS).onFailure(e -> request.reset());
              return response.statusCode() / 100 == 2
                  ? Future.<Void>succeededFuture()
                  : Future.failedFuture(new IOException("it answers " + response.statusCode()));
            })
        .timeout(millis, TimeUnit.MILLISECONDS)
        .onFailure(e -> request.reset());
  }

  /** Completes when nothing waits any more, or when that takes too long. */
  Future<Void> close(Duration patience) {
    closing = true;
    if (waiting.size() == 0) {
      return Future.succeededFuture();
    }
    return emptied
        .future()
        .timeout(patience.toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(
            e -> LOG.warn("notifications to {}: {} were not sent", rules.name(), waiting.size()))
        .otherwiseEmpty()
        .onComplete(v -> closed = true);
  }
}
