package io.layover.notify;

import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** A server that is told of events, and that can be made to fail. */
public final class Listening implements AutoCloseable {
  private static final long LIMIT = Duration.ofSeconds(30).toNanos();

  private final HttpServer server;
  private final List<Told> told = new CopyOnWriteArrayList<>();
  private volatile int status = 200;

  /** A request that was answered well, or not at all if it hangs. */
  public record Told(MultiMap headers, JsonObject body) {
    public JsonObject event() {
      return body.getJsonArray("events").getJsonObject(0);
    }

    /** What was done, and to which digest or tag. */
    @Override
    public String toString() {
      var target = event().getJsonObject("target");
      return event().getString("action")
          + " "
          + target.getString("repository")
          + " "
          + target.getString("digest", target.getString("tag"));
    }
  }

  private Listening(Vertx vertx) {
    this.server =
        vertx
            .createHttpServer()
            .requestHandler(
                request ->
                    request
                        .body()
                        .onSuccess(
                            body -> {
                              var now = status;
                              if (now == 0) {
                                return;
                              }
                              if (now == 200) {
                                told.add(new Told(request.headers(), new JsonObject(body)));
                              }
                              request.response().setStatusCode(now).end("noted");
                            }))
            .listen(0, "127.0.0.1")
            .await();
  }

  public static Listening start(Vertx vertx) {
    return new Listening(vertx);
  }

  /** Answers so from now on; 0: not at all. */
  public Listening answer(int status) {
    this.status = status;
    return this;
  }

  public String url() {
    return "http://127.0.0.1:" + server.actualPort() + "/events?from=here";
  }

  public List<Told> told() {
    return told;
  }

  /** What was told, once it is so much. */
  public List<Told> told(int count) {
    await(() -> told.size() >= count);
    return told;
  }

  /** Waits until something is so. */
  public static void await(BooleanSupplier condition) {
    var end = System.nanoTime() + LIMIT;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("it did not come to be");
      }
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Override
  public void close() {
    server.close().await();
  }
}
