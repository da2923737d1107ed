package io.layover;

import io.layover.metrics.Scrape;
import io.layover.oci.Digest;
import io.layover.parts.S3Server;
import io.layover.standin.HubStandIn;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Random;

/**
 * A mirror to which everything happens that figures tell of: hits, misses, pushes, clients that
 * leave, wrong passwords, an upstream that limits and fails, evictions.
 */
final class BusyMirror implements AutoCloseable {
  private static final String USER = basic("alice:s\u00e9cret");
  private static final String LINE =
      "alice:$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG\n";

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HttpClient http = HttpClient.newHttpClient();
  private final Mirror mirror;
  private final Mirror bucket;
  private int seed;

  BusyMirror(Path folder) throws IOException {
    var users = Files.writeString(folder.resolve("users"), LINE);
    hub.rateLimit(100, 90);
    mirror =
        Mirror.of(
            hub.url(),
            folder.resolve("data"),
            "REGISTRY_HTTP_DEBUG_ADDR",
            "127.0.0.1:0",
            "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED",
            "true",
            "REGISTRY_NOTIFICATIONS_ENDPOINTS",
            "[{name: nobody, url: 'http://127.0.0.1:1/', backoff: 1m}]",
            "REGISTRY_PROXY_MAXSIZE",
            "8MiB",
            "REGISTRY_AUTH_HTPASSWD",
            "{realm: layover, path: '" + users + "'}");
    var s3 = S3Server.shared();
    bucket =
        Mirror.of(
            hub.url(),
            folder.resolve("unused"),
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY",
            "",
            "REGISTRY_STORAGE",
            "{s3: {bucket: '%s', regionendpoint: '%s', forcepathstyle: true, accesskey: %s, secretkey: %s, spooldirectory: '%s'}}"
                .formatted(
                    s3.newBucket(),
                    s3.url(),
                    S3Server.ACCESS_KEY,
                    S3Server.SECRET_KEY,
                    folder.resolve("spool")),
            "REGISTRY_HTTP_DEBUG_ADDR",
            "127.0.0.1:0",
            "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED",
            "true");
  }

  private static String basic(String words) {
    return "Basic " + Base64.getEncoder().encodeToString(words.getBytes(StandardCharsets.UTF_8));
  }

  /** The debug ports: of the mirror with a directory, and of one with a bucket. */
  int[] ports() {
    return new int[] {mirror.debugPort(), bucket.debugPort()};
  }

  Scrape scrape() throws IOException, InterruptedException {
    var both = new StringBuilder();
    for (var port : ports()) {
      both.append(Scrape.of(port).text());
    }
    return new Scrape(both.toString());
  }

  /** One round of everything, with images that were not there before. */
  void round() throws Exception {
    seed++;
    var name = "library/app" + seed;
    var image = Images.oci(seed, 1, 3 << 20);
    hub.repository(name).put("latest", image);
    for (var at : new Mirror[] {mirror, bucket}) {
      var layer = "/v2/" + name + "/blobs/" + image.layer();
      for (var i = 0; i < 2; i++) {
        at.get("/v2/" + name + "/manifests/latest", "Authorization", USER);
        at.get(layer, "Authorization", USER);
      }
      at.get("/v2/" + name + "/manifests/none", "Authorization", USER);
      push(at);
    }
    mirror.get("/v2/", "Authorization", basic("alice:wrong"));
    mirror.get("/v2/");
    hub.expireTokens();
    leave(name);
  }

  private void push(Mirror at) throws IOException, InterruptedException {
    var bytes = new byte[2 << 20];
    new Random(seed).nextBytes(bytes);
    http.send(
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:%d/v2/private/app/blobs/uploads/?digest=%s"
                        .formatted(at.port(), Digest.sha256(bytes))))
            .header("Authorization", USER)
            .POST(BodyPublishers.ofByteArray(bytes))
            .build(),
        BodyHandlers.discarding());
  }

  /** A client that goes in the middle of a body. */
  private void leave(String name) throws IOException {
    var big = Images.oci(1000 + seed, 1, 6 << 20);
    hub.repository(name).put("big", big);
    var path = "/v2/" + name + "/blobs/" + big.layer();
    try (var socket = bucket.open(path)) {
      if (socket.getInputStream().read() < 0) {
        throw new IllegalStateException("no answer for " + path);
      }
    }
  }

  /** An upstream that fails until it is left alone. */
  void upstreamFails() throws Exception {
    hub.when(".*", "/v2/library/broken.*").status(500);
    for (var i = 0; i < 12; i++) {
      mirror.get("/v2/library/broken/manifests/v" + i, "Authorization", USER);
    }
  }

  @Override
  public void close() {
    mirror.close();
    bucket.close();
    http.shutdownNow();
    hub.close();
    vertx.close().await();
  }
}
