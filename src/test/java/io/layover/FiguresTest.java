package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.metrics.Scrape;
import io.layover.oci.Digest;
import io.layover.standin.HubStandIn;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator reads of pulls and pushes. */
@Timeout(120)
class FiguresTest {
  private static final int SIZE = 3 << 20;

  private final Vertx vertx = Vertx.vertx();
  private final HubStandIn hub = HubStandIn.start(vertx);
  private final HttpClient http = HttpClient.newHttpClient();

  @TempDir private Path root;
  private Mirror mirror;

  @BeforeEach
  void start() {
    mirror =
        Mirror.of(
            hub.url(),
            root,
            "REGISTRY_HTTP_DEBUG_ADDR",
            "127.0.0.1:0",
            "REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED",
            "true");
  }

  @AfterEach
  void close() {
    mirror.close();
    http.shutdownNow();
    hub.close();
    vertx.close().await();
  }

  private Scrape scrape() {
    try {
      return Scrape.of(mirror.debugPort());
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private void await(String what, double least, String name, String... labels)
      throws InterruptedException {
    Mirror.await(what, () -> scrape().sum(name, labels) >= least);
  }

  @Test
  void pullsAreCountedByTheirSource() throws Exception {
    var image = Images.oci(1, 1, SIZE);
    hub.repository("library/app").put("latest", image);
    var path = "/v2/library/app/blobs/" + image.layer();
    for (var i = 0; i < 3; i++) {
      assertEquals(SIZE, mirror.get(path).body().length);
    }
    assertEquals(200, mirror.get("/v2/library/app/manifests/latest").statusCode());
    assertEquals(404, mirror.get("/v2/library/none/manifests/latest").statusCode());
    assertEquals(200, mirror.get("HEAD " + path).statusCode());

    await("the first came from upstream", SIZE, "layover_sent_bytes_total", "source", "upstream");
    await("the others did not", 2.0 * SIZE, "layover_sent_bytes_total", "source", "cache");
    var requests = "layover_requests_seconds_count";
    await("three pulls", 3, requests, "route", "blob", "method", "GET", "status", "200");
    await("a look", 1, requests, "route", "blob", "method", "HEAD", "status", "200");
    await("a miss", 1, requests, "route", "manifest", "method", "GET", "status", "404");
    await("answers begin", 2, "layover_first_byte_seconds_count", "source", "cache");
    await(
        "bodies have a speed",
        3,
        "layover_transfer_rate_bytes_per_second_count",
        "direction",
        "out");
    var last = scrape();
    assertEquals(0, last.sum("layover_requests_broken_total"));
    assertEquals(3, last.sum("layover_requests_seconds_bucket", "route", "blob", "le", "+Inf") - 1);
    assertTrue(last.sum("layover_disk_run_seconds_count") > 0, last.text());
    await("event loops are asked", 2, "layover_eventloop_lag_seconds_count");
    assertTrue(scrape().sum("layover_process_resident_bytes") > 1 << 20);
  }

  @Test
  void pushesAreCounted() throws Exception {
    var layer = new byte[SIZE];
    new Random(2).nextBytes(layer);
    assertEquals(
        201, send("POST", "/v2/private/app/blobs/uploads/?digest=" + Digest.sha256(layer), layer));

    await("the bytes", SIZE, "layover_received_bytes_total", "route", "uploads");
    await("the speed", 1, "layover_transfer_rate_bytes_per_second_count", "direction", "in");
    assertEquals(
        1,
        scrape()
            .sum(
                "layover_requests_seconds_count",
                "route",
                "uploads",
                "method",
                "POST",
                "status",
                "201"));
  }

  /** However an upload ends, it is open no longer; one that nobody knows never was. */
  @Test
  void uploadsAreOpenUntilTheyEnd() throws Exception {
    var layer = new byte[] {1, 2, 3};
    var nothing = new byte[0];
    var one = begin();
    var two = begin();
    var three = begin();
    assertEquals(202, send("PATCH", one, layer));
    assertEquals(404, send("PATCH", one.replaceFirst("[^/]+$", UUID.randomUUID() + ""), layer));
    assertEquals(3, scrape().sum("layover_uploads_open"));

    assertEquals(201, send("PUT", one + "?digest=" + Digest.sha256(layer), nothing));
    assertEquals(2, scrape().sum("layover_uploads_open"));
    assertEquals(400, send("PUT", two + "?digest=" + Digest.sha256(nothing), layer));
    assertEquals(1, scrape().sum("layover_uploads_open"));
    assertEquals(204, send("DELETE", three, nothing));
    assertEquals(0, scrape().sum("layover_uploads_open"));
  }

  private String begin() throws IOException, InterruptedException {
    var answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:%d/v2/private/app/blobs/uploads/"
                            .formatted(mirror.port())))
                .POST(BodyPublishers.noBody())
                .build(),
            BodyHandlers.discarding());
    return URI.create(answer.headers().firstValue("Location").orElseThrow()).getPath();
  }

  private int send(String method, String path, byte[] body)
      throws IOException, InterruptedException {
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + mirror.port() + path))
                .method(method, BodyPublishers.ofByteArray(body))
                .build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  @Test
  void transfersAreSeenWhileTheyRunAndWhenTheyBreak() throws Exception {
    var image = Images.oci(3, 1, 64 << 20);
    hub.repository("library/app").put("latest", image);
    var running = new String[] {"direction", "out"};
    try (var socket = mirror.open("/v2/library/app/blobs/" + image.layer())) {
      await("one begins", 1, "layover_transfers", running);
      assertTrue(socket.getInputStream().read() > 0);
    }
    Mirror.await("it ends", () -> scrape().sum("layover_transfers", running) == 0);
    await("and was not whole", 1, "layover_requests_broken_total", "route", "blob");
  }

  /** No client can make names of its own among the figures. */
  @Test
  void labelsAreBounded() throws Exception {
    for (var method : Arrays.asList("BREW", "PROPFIND")) {
      send(method, "/v2/", new byte[0]);
    }
    send("GET", "/a/b/c", new byte[0]);
    await("odd methods", 2, "layover_requests_seconds_count", "method", "other");
    await("odd paths", 1, "layover_requests_seconds_count", "route", "none", "method", "GET");
  }
}
