package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.metrics.Scrape;
import io.layover.notify.Listening;
import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.standin.HubStandIn;
import io.layover.standin.Images;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What receivers of events are told by a whole server, and what they cost it. */
@Timeout(120)
class NotifyingTest {
  private static final byte[] LAYER = "a layer".getBytes(StandardCharsets.UTF_8);
  private static final Digest DIGEST = Digest.sha256(LAYER);
  private static final byte[] MANIFEST =
      """
      {"schemaVersion": 2, "mediaType": "%1$s",
       "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": "%2$s", "size": 7},
       "layers": [{"mediaType": "text/plain", "digest": "%2$s", "size": 7}]}
      """
          .formatted(MediaTypes.OCI_MANIFEST, DIGEST)
          .getBytes(StandardCharsets.UTF_8);
  private static final Digest IMAGE = Digest.sha256(MANIFEST);

  private final Vertx vertx = Vertx.vertx();
  private final HttpClient http = HttpClient.newHttpClient();
  private final Listening listening = Listening.start(vertx);

  @TempDir private Path folder;
  private @Nullable Server server;

  @AfterEach
  void close() {
    http.shutdownNow();
    if (server != null) {
      server.close().await();
    }
    vertx.close().await();
  }

  private void start(String notifications, String... more) throws StartException {
    var variables = new TreeMap<String, String>();
    variables.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_HTTP_DEBUG_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED", "true");
    variables.put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", folder.resolve("data").toString());
    variables.put("REGISTRY_STORAGE_DELETE_ENABLED", "true");
    variables.put("REGISTRY_NOTIFICATIONS", notifications);
    for (var i = 0; i < more.length; i += 2) {
      variables.put(more[i], more[i + 1]);
    }
    server = Server.start(ConfigReader.read(null, variables));
  }

  private String host() {
    return "127.0.0.1:" + running().port();
  }

  private Server running() {
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server;
  }

  private HttpResponse<String> send(int status, String method, String path, byte... body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://" + host() + "/v2/" + path))
            .header("User-Agent", "curl/7.38.0")
            .header("Authorization", basic("alice:s\u00e9cret"))
            .method(method, BodyPublishers.ofByteArray(body))
            .build();
    var answer = http.send(request, BodyHandlers.ofString());
    assertEquals(status, answer.statusCode(), answer.body());
    return answer;
  }

  private static String basic(String words) {
    return "Basic " + Base64.getEncoder().encodeToString(words.getBytes(StandardCharsets.UTF_8));
  }

  private void push() throws Exception {
    send(201, "POST", "team/app/blobs/uploads/?digest=" + DIGEST, LAYER);
    send(201, "PUT", "team/app/manifests/latest", MANIFEST);
  }

  private static JsonObject target(Listening.Told told) {
    return told.event().getJsonObject("target");
  }

  /** Field by field the example in distribution's documentation, with this server's values. */
  @Test
  void anEnvelopeIsAsDistributionDocumentsIt() throws Exception {
    var users = folder.resolve("users");
    Files.writeString(
        users, "alice:$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG\n");
    start(
        "{endpoints: [{name: ci, url: '%s', headers: {Authorization: [Bearer t], X-Two: [a, b]}}]}"
            .formatted(listening.url()),
        "REGISTRY_AUTH_HTPASSWD",
        "{realm: r, path: '" + users + "'}");
    push();
    send(200, "GET", "team/app/manifests/latest");

    var told =
        listening.told(3).stream()
            .filter(one -> one.event().getString("action").equals("pull"))
            .findFirst()
            .orElseThrow();
    var event = told.event();
    var request = event.getJsonObject("request");
    var source = event.getJsonObject("source");
    var expected =
        new JsonObject()
            .put("id", UUID.fromString(event.getString("id")).toString())
            .put("timestamp", Instant.parse(event.getString("timestamp")).toString())
            .put("action", "pull")
            .put(
                "target",
                new JsonObject()
                    .put("mediaType", MediaTypes.OCI_MANIFEST)
                    .put("digest", IMAGE.toString())
                    .put("size", MANIFEST.length)
                    .put("length", MANIFEST.length)
                    .put("repository", "team/app")
                    .put("url", "http://" + host() + "/v2/team/app/manifests/" + IMAGE)
                    .put("tag", "latest"))
            .put(
                "request",
                new JsonObject()
                    .put("id", UUID.fromString(request.getString("id")).toString())
                    .put("addr", "127.0.0.1")
                    .put("host", host())
                    .put("method", "GET")
                    .put("useragent", "curl/7.38.0"))
            .put("actor", new JsonObject().put("name", "alice"))
            .put(
                "source",
                new JsonObject()
                    .put("addr", source.getString("addr"))
                    .put("instanceID", UUID.fromString(source.getString("instanceID")).toString()));
    assertEquals(new JsonObject().put("events", new JsonArray().add(expected)), told.body());
    assertTrue(source.getString("addr").matches("[^:]+:[0-9]+"), source.encode());
    assertEquals(
        "application/vnd.docker.distribution.events.v2+json", told.headers().get("Content-Type"));
    assertEquals(List.of("Bearer t"), told.headers().getAll("Authorization"));
    assertEquals(List.of("a", "b"), told.headers().getAll("X-Two"));
  }

  @Test
  void everyChangeAndEveryPullIsTold() throws Exception {
    start("{endpoints: [{name: ci, url: '%s'}]}".formatted(listening.url()));
    // Events of blobs come a moment after their requests.
    send(201, "POST", "team/app/blobs/uploads/?digest=" + DIGEST, LAYER);
    listening.told(1);
    send(201, "PUT", "team/app/manifests/latest", MANIFEST);
    send(201, "POST", "team/copy/blobs/uploads/?mount=" + DIGEST + "&from=team/app");
    listening.told(3);
    send(200, "HEAD", "team/app/manifests/" + IMAGE);
    send(200, "GET", "team/copy/blobs/" + DIGEST);
    send(404, "GET", "team/copy/manifests/latest");
    send(202, "DELETE", "team/copy/blobs/" + DIGEST);
    send(404, "DELETE", "team/copy/blobs/" + DIGEST);
    send(202, "DELETE", "team/app/manifests/latest");
    send(202, "DELETE", "team/app/manifests/" + IMAGE);

    var told = listening.told(8);

    assertEquals(
        List.of(
            "push team/app " + DIGEST,
            "push team/app " + IMAGE,
            "mount team/copy " + DIGEST,
            "pull team/app " + IMAGE,
            "pull team/copy " + DIGEST,
            "delete team/copy " + DIGEST,
            "delete team/app latest",
            "delete team/app " + IMAGE),
        told.stream().map(Listening.Told::toString).toList());
    assertEquals("latest", target(told.get(1)).getString("tag"));
    assertEquals(
        new JsonObject()
            .put("mediaType", "application/octet-stream")
            .put("digest", DIGEST.toString())
            .put("size", LAYER.length)
            .put("length", LAYER.length)
            .put("repository", "team/copy")
            .put("fromRepository", "team/app")
            .put("url", "http://" + host() + "/v2/team/copy/blobs/" + DIGEST),
        target(told.get(2)));
    assertEquals(
        new JsonObject().put("digest", IMAGE.toString()).put("repository", "team/app"),
        target(told.get(7)));
  }

  @Test
  void everyTagOfAPushIsTold() throws Exception {
    start("{endpoints: [{name: ci, url: '%s'}]}".formatted(listening.url()));
    send(201, "POST", "team/app/blobs/uploads/?digest=" + DIGEST, LAYER);
    send(201, "PUT", "team/app/manifests/" + IMAGE + "?tag=1&tag=1.2", MANIFEST);
    send(201, "PUT", "team/app/manifests/" + IMAGE, MANIFEST);

    assertEquals(
        Arrays.asList("1", "1.2", null),
        listening.told(4).stream()
            .filter(told -> target(told).getString("digest").equals(IMAGE.toString()))
            .map(told -> target(told).getString("tag"))
            .toList());
  }

  /** A pull through the cache is told like any other; what the cache stores for it is no push. */
  @Test
  void aPullFromAnUpstreamIsTold() throws Exception {
    try (var hub = HubStandIn.start(vertx)) {
      var image = Images.oci(1, 1, 1 << 20);
      hub.repository("library/app").put("latest", image);
      start(
          "{endpoints: [{name: ci, url: '%s'}]}".formatted(listening.url()),
          "REGISTRY_PROXY_REMOTEURL",
          hub.url());
      for (var i = 0; i < 2; i++) {
        send(200, "GET", "library/app/manifests/latest");
        send(200, "GET", "library/app/blobs/" + image.layer());
      }

      var told = listening.told(4).stream().map(Listening.Told::toString).toList();
      var manifest = "pull library/app " + image.digest();
      var blob = "pull library/app " + image.layer();
      assertEquals(List.of(manifest, blob, manifest, blob), told);
      assertEquals(1 << 20, target(listening.told().getLast()).getInteger("size"));
    }
  }

  @Test
  void referencesAreToldWhereTheyAreWanted() throws Exception {
    start(
        "{events: {includereferences: true}, endpoints: [{name: ci, url: '%s'}]}"
            .formatted(listening.url()));
    push();
    send(200, "GET", "team/app/manifests/latest");

    var manifests =
        listening.told(3).stream()
            .filter(told -> target(told).getString("digest").equals(IMAGE.toString()))
            .toList();
    assertEquals(2, manifests.size());
    for (var told : manifests) {
      assertEquals(
          new JsonArray()
              .add(
                  new JsonObject()
                      .put("mediaType", "application/vnd.oci.empty.v1+json")
                      .put("digest", DIGEST.toString())
                      .put("size", LAYER.length))
              .add(
                  new JsonObject()
                      .put("mediaType", "text/plain")
                      .put("digest", DIGEST.toString())
                      .put("size", LAYER.length)),
          target(told).getJsonArray("references"));
    }
  }

  @Test
  void whatIsIgnoredIsNotTold() throws Exception {
    var other = Listening.start(vertx);
    var never = Listening.start(vertx);
    start(
        """
        endpoints:
          - {name: a, url: '%s', ignoredmediatypes: [application/octet-stream]}
          - {name: b, url: '%s', ignore: {mediatypes: [%s], actions: [pull]}}
          - {name: c, url: '%s', disabled: true}
        """
            .formatted(
                listening.url().replace("http://", "http://u:p%20w@"),
                other.url(),
                MediaTypes.OCI_MANIFEST,
                never.url()));
    push();
    send(200, "GET", "team/app/blobs/" + DIGEST);
    send(202, "DELETE", "team/app/manifests/latest");

    assertEquals(
        List.of("push team/app " + IMAGE, "delete team/app latest"),
        listening.told(2).stream().map(Listening.Told::toString).toList());
    assertEquals(basic("u:p w"), listening.told().getFirst().headers().get("Authorization"));
    assertEquals(
        List.of("push team/app " + DIGEST, "delete team/app latest"),
        other.told(2).stream().map(Listening.Told::toString).toList());
    assertEquals(List.of(), never.told());
  }

  /** One that hangs, one that refuses and one that is not there cost only their queues. */
  @Test
  void aFailingReceiverCostsOnlyItsQueue() throws Exception {
    var refusing = Listening.start(vertx).answer(500);
    var hanging = Listening.start(vertx).answer(0);
    start(
        """
        endpoints:
          - {name: hanging, url: '%s', timeout: 5m}
          - {name: refusing, url: '%s', backoff: 50ms}
          - {name: absent, url: 'http://127.0.0.1:1/', backoff: 50ms}
          - {name: good, url: '%s'}
        """
            .formatted(hanging.url(), refusing.url(), listening.url()));
    push();
    for (var i = 0; i < 48; i++) {
      send(200, "GET", "team/app/manifests/latest");
    }

    assertEquals(50, listening.told(50).size());
    Listening.await(() -> figure("failed_total", "refusing") > 10);
    Listening.await(() -> figure("failed_total", "absent") > 10);
    Listening.await(() -> figure("sent_total", "good") == 50);
    assertEquals(50, figure("queued", "hanging"));
    assertEquals(0, figure("failed_total", "hanging"));
    assertEquals(0, figure("queued", "good"));
    refusing.answer(200);
    assertEquals(
        listening.told().stream().map(Listening.Told::body).collect(Collectors.toSet()),
        refusing.told(50).stream().map(Listening.Told::body).collect(Collectors.toSet()));
  }

  @Test
  void receiversOfOneNameAreToldApart() throws Exception {
    start(
        """
        endpoints:
          - {name: ci, url: '%s'}
          - {name: ci, url: 'http://127.0.0.1:1/', backoff: 50ms}
          - {name: ci-2, url: '%s'}
        """
            .formatted(listening.url(), listening.url()));
    push();

    Listening.await(() -> figure("sent_total", "ci") == 2);
    Listening.await(() -> figure("failed_total", "ci-2") > 0);
    Listening.await(() -> figure("sent_total", "ci-2-2") == 2);
    assertEquals(0, figure("sent_total", "ci-2"));
  }

  private double figure(String name, String endpoint) {
    try {
      return Scrape.of(running().debugPort())
          .sum("layover_notifications_" + name, "endpoint", endpoint);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
