package io.layover.upstream;

import io.layover.http.Peers;
import io.layover.http.RequestMeters;
import io.layover.http.Routes;
import io.layover.net.HostPattern;
import io.layover.net.ProxyChoice;
import io.layover.notify.Receivers;
import io.layover.oci.Digest;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.storage.Disk;
import io.layover.storage.filesystem.FileStores;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A mirror put together from its parts, so that its upstream's patience is short and its disk can
 * be held up; and a client of it.
 */
final class MirrorFixture implements AutoCloseable {
  /** Too short for the world, long enough for loopback. */
  static final Patience IMPATIENT =
      new Patience(
          Duration.ofSeconds(5),
          Duration.ofSeconds(2),
          Duration.ofMillis(500),
          Duration.ofSeconds(1));

  private static final Names LOOPBACK =
      host -> Future.succeededFuture(InetAddress.getLoopbackAddress());

  /** Every tag is asked for again, nobody is too slow, and nothing absent is remembered. */
  static final Freshness FRESHNESS =
      new Freshness(Duration.ZERO, Duration.ofDays(30), Duration.ofSeconds(30), Duration.ZERO, 5);

  /** Gives up early, and calls a megabyte far. */
  static final Fills.Rules RULES =
      new Fills.Rules(
          1 << 20,
          1L << 30,
          Duration.ofDays(1),
          Duration.ZERO,
          new Persistence(3, Duration.ofMillis(10), Duration.ofMillis(40)));

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path root;
  private final HttpServer server;
  final Disk disk;
  final MeterRegistry figures = new SimpleMeterRegistry();

  private MirrorFixture(
      Upstream upstream,
      Path root,
      Patience patience,
      Time time,
      Names names,
      Fills.Rules rules,
      HostPattern... redirects) {
    this.root = root;
    this.disk = new Disk(vertx, 4);
    var options =
        new HttpClientOptions().setDecompressionSupported(false).setMaxHeaderSize(32 << 10);
    var reach = new Reach("docker.io", List.of(redirects));
    var client = vertx.createHttpClient(options);
    var dialer =
        new Dialer(new Dialer.Clients(client, client), names, reach, ProxyChoice.DIRECT, patience);
    var there = new UpstreamClient(upstream, dialer, figures, time);
    try {
      var stores = FileStores.open(root, disk);
      var registry = Registry.over(stores, new PushRules(true, child -> true, link -> true));
      var source =
          new PullThrough(
              there,
              registry.local(),
              new Fills(stores.blobs(), disk, stores.parts(), rules),
              figures);
      var routing =
          new Upstreams(
              registry.local(),
              name -> false,
              "nothing is pushed",
              List.of(new Upstreams.Entry(upstream, source)));
      var parts =
          new Routes.Parts(
              new RequestMeters(figures),
              Receivers.NONE,
              () -> true,
              routing,
              registry,
              false,
              true,
              1000,
              1000,
              "",
              "/",
              Map.of(),
              null,
              Peers.DIRECT,
              null,
              null);
      this.server =
          vertx
              .createHttpServer()
              .requestHandler(Routes.of(vertx, parts))
              .listen(0, "127.0.0.1")
              .await();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static MirrorFixture impatient(String url, Path root) {
    return of(upstream(url, null, FRESHNESS), root, IMPATIENT, Time.SYSTEM);
  }

  /** Which takes no blob with more bytes than this. */
  static MirrorFixture taking(long largest, Patience patience, String url, Path root) {
    var rules =
        new Fills.Rules(
            RULES.rangeGap(), largest, RULES.partLife(), RULES.unwatched(), RULES.persistence());
    return new MirrorFixture(
        upstream(url, null, FRESHNESS), root, patience, Time.SYSTEM, LOOPBACK, rules);
  }

  static MirrorFixture patient(String url, Path root) {
    return of(upstream(url, null, FRESHNESS), root, Patience.DEFAULT, Time.SYSTEM);
  }

  static MirrorFixture as(String user, String password, String url, Path root) {
    var credentials = new Upstream.Credentials(user, password);
    return of(upstream(url, credentials, FRESHNESS), root, Patience.DEFAULT, Time.SYSTEM);
  }

  /** For which names mean this, and the configuration allows these redirects. */
  static MirrorFixture in(Names names, String url, Path root, HostPattern... redirects) {
    return new MirrorFixture(
        upstream(url, null, FRESHNESS), root, IMPATIENT, Time.SYSTEM, names, RULES, redirects);
  }

  static MirrorFixture of(Upstream upstream, Path root, Patience patience, Time time) {
    return new MirrorFixture(upstream, root, patience, time, LOOPBACK, RULES);
  }

  /** The default upstream. */
  static Upstream upstream(
      String url, Upstream.@Nullable Credentials credentials, Freshness freshness) {
    return new Upstream(
        "docker.io", URI.create(url), credentials, false, Access.ALL, freshness, false);
  }

  @Override
  public void close() {
    http.shutdownNow();
    vertx.close().await();
  }

  /** The answer to a GET, or to {@code HEAD path}; headers as name, value, … */
  HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return http.send(request(path, headers), BodyHandlers.ofByteArray());
  }

  CompletableFuture<HttpResponse<byte[]>> getLater(String path, String... headers) {
    return http.sendAsync(request(path, headers), BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String path, String... headers) {
    var head = path.startsWith("HEAD ");
    var uri = URI.create("http://127.0.0.1:" + server.actualPort() + path.replace("HEAD ", ""));
    var builder =
        HttpRequest.newBuilder(uri)
            .timeout(LIMIT)
            .method(head ? "HEAD" : "GET", HttpRequest.BodyPublishers.noBody());
    return headers.length > 0 ? builder.headers(headers).build() : builder.build();
  }

  /** A connection on which a GET was sent and nothing is read yet. */
  Socket open(String path) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), server.actualPort());
    socket.setSoTimeout((int) LIMIT.toMillis());
    var request = "GET " + path + " HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  boolean holds(Digest digest) {
    return Files.exists(
        root.resolve("docker/registry/v2/blobs")
            .resolve(digest.algorithm())
            .resolve(digest.hex().substring(0, 2))
            .resolve(digest.hex())
            .resolve("data"));
  }

  /** Where a fill of this digest keeps its bytes. */
  Path part(Digest digest) {
    return root.resolve("layover/fills")
        .resolve(digest.algorithm())
        .resolve(digest.hex() + ".part");
  }

  /** The value of a counter, all its tags that are not given added up. */
  double count(String name, String... tags) {
    return figures.find(name).tags(tags).counters().stream().mapToDouble(Counter::count).sum();
  }

  /** The files that fills have left or are writing. */
  long parts() throws IOException {
    var fills = root.resolve("layover/fills");
    if (!Files.exists(fills)) {
      return 0;
    }
    try (var walk = Files.walk(fills)) {
      return walk.filter(Files::isRegularFile).count();
    }
  }
}
