package io.layover.demo;

import io.layover.demo.DemoUpstream.Cost;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The main job, shown without a network: an upstream that wants tokens, a mirror in front of it,
 * and twenty clients that pull the same image cold, warm, and with the upstream gone.
 */
public final class Demo {
  private static final int CLIENTS = 20;
  private static final int LAYERS = 4;
  private static final int LAYER_BYTES = 8 << 20;
  private static final String IMAGE = "demo/app";

  /** What the names of images begin with that are pushed to the mirror. */
  public static final String PUSHED = "pushed/";

  /** What makes a JVM compile what is asked of a busy mirror. */
  private static final int BUSY_PULLS = 200;

  private static final int BUSY_PUSHES = 60;

  private final PrintWriter out;
  private final HttpClient http;
  private final DemoUpstream upstream;
  private final String mirror;
  private final ArrayList<Cost> costs = new ArrayList<>();

  private Demo(PrintWriter out, Vertx vertx, DemoUpstream upstream, String mirror) {
    this.out = out;
    this.upstream = upstream;
    this.mirror = mirror;
    this.http =
        vertx.createHttpClient(
            new HttpClientOptions(), new PoolOptions().setHttp1MaxSize(CLIENTS * (LAYERS + 1)));
  }

  /**
   * Runs the demo.
   *
   * @param directory where the two registries keep their data
   * @param busy whether there is more to do, so that the JVM sees what a busy day asks of it
   * @param startMirror starts a mirror of a given upstream, and gives its address
   */
  public static void run(
      PrintWriter out,
      Vertx vertx,
      Path directory,
      boolean busy,
      Function<String, String> startMirror)
      throws IOException {
    var upstream = DemoUpstream.start(vertx, directory.resolve("upstream"));
    var demo = new Demo(out, vertx, upstream, startMirror.apply(upstream.url()));
    if (busy) {
      demo.busyDay();
    }
    demo.play();
  }

  /** Small things are pulled again and again, and large ones pushed. */
  private void busyDay() {
    var small = DemoImage.generate("demo/small", LAYERS, 2 << 10);
    push(small);
    var client = new DemoClient(http, mirror);
    Future.join(
            Stream.generate(() -> again(BUSY_PULLS, () -> client.pull(small.name())))
                .limit(CLIENTS)
                .toList())
        .await();
    for (var i = 0; i < BUSY_PUSHES; i++) {
      client.push(DemoImage.generate(PUSHED + i, 1, LAYER_BYTES + i), null).await();
    }
  }

  private static Future<Void> again(int times, Supplier<Future<Void>> step) {
    return times == 0 ? Future.succeededFuture() : step.get().compose(v -> again(times - 1, step));
  }

  private void push(DemoImage image) {
    var pusher = new DemoClient(http, upstream.url());
    pusher.token(image.name()).compose(token -> pusher.push(image, token)).await();
  }

  private void play() {
    var image = DemoImage.generate(IMAGE, LAYERS, LAYER_BYTES);
    push(image);
    upstream.cost();
    out.printf(
        """

        An upstream at %s wants a token for everything, as Docker Hub does.
        A Layover in front of it mirrors it at %s.
        %d clients pull %s (%d layers, %s) at the same moment:

        """,
        upstream.url(), mirror, CLIENTS, IMAGE, LAYERS, megabytes(image.size()));
    out.printf(
        "  %-18s %10s %14s   %-28s %10s%n",
        "", "time", "delivered", "asked of the upstream", "bytes");
    act("cold", image);
    act("again", image);
    upstream.stop();
    act("upstream stopped", image);
    var paid = costs.stream().mapToLong(Cost::bytes).sum();
    var pulls = costs.stream().mapToLong(Cost::manifests).sum();
    out.printf(
        """

        Without the mirror: %d counted pulls and %s from the upstream; with it: %d and %s.
        """,
        3 * CLIENTS, megabytes(3 * CLIENTS * image.size()), pulls, megabytes(paid));
    out.flush();
  }

  private void act(String title, DemoImage image) {
    var client = new DemoClient(http, mirror);
    var started = System.nanoTime();
    Future.join(Stream.generate(() -> client.pull(IMAGE)).limit(CLIENTS).toList()).await();
    var seconds = (System.nanoTime() - started) / 1e9;
    var cost = upstream.cost();
    costs.add(cost);
    out.printf(
        Locale.ROOT,
        "  %-18s %8.2f s %9.0f MB/s   %-28s %10s%n",
        title,
        seconds,
        CLIENTS * image.size() / 1e6 / seconds,
        describe(cost),
        megabytes(cost.bytes()));
    out.flush();
  }

  private static String describe(Cost cost) {
    return cost.heads() + cost.manifests() + cost.blobs() == 0
        ? "nothing"
        : "%d HEAD, %d manifest, %d blobs".formatted(cost.heads(), cost.manifests(), cost.blobs());
  }

  private static String megabytes(long bytes) {
    return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
