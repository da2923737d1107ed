package io.layover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.storage.RepositoryStore;
import io.layover.storage.Stores;
import io.layover.upkeep.Collector;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.Proxy;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Garbage is collected while the registry runs that made it. */
@Timeout(120)
class GarbageCollectCommandTest {
  private static final String OCI = "application/vnd.oci.image.manifest.v1+json";
  private static final String INDEX = "application/vnd.oci.image.index.v1+json";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Digest, Integer> manifestSizes = new HashMap<>();
  @TempDir private Path folder;
  private Server server;
  private Path config;

  @BeforeEach
  void start() throws Exception {
    config = folder.resolve("config.yml");
    Files.writeString(
        config,
        """
        version: 0.1
        http: {addr: "127.0.0.1:0"}
        storage:
          filesystem: {rootdirectory: "%s"}
          delete: {enabled: true}
        """
            .formatted(folder.resolve("data")));
    server = Server.start(ConfigReader.read(config, Map.of()));
  }

  @AfterEach
  void close() {
    server.close().await();
    http.shutdownNow();
  }

  private void restart() throws StartException {
    server.close().await();
    server = Server.start(ConfigReader.read(config, Map.of()));
  }

  private String collect(String... options) {
    var arguments = Arrays.copyOf(options, options.length + 1);
    arguments[options.length] = config.toString();
    var ran = Ran.of(new GarbageCollectCommand(), arguments);
    assertEquals(0, ran.exit(), ran.err());
    return ran.out();
  }

  private HttpResponse<String> send(String method, String path, String type, String body)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .header("Content-Type", type)
            .method(method, BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private Digest pushBlob(String name, String content) throws Exception {
    var digest = Digest.sha256(content);
    var path = "/v2/" + name + "/blobs/uploads/?digest=" + digest;
    assertEquals(201, send("POST", path, "application/octet-stream", content).statusCode());
    return digest;
  }

  /** An image of one layer; its manifest's digest. */
  private Digest pushImage(
      String name, @Nullable String tag, String layer, @Nullable Digest subject) throws Exception {
    var json =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", OCI)
            .put("config", descriptor(pushBlob(name, "{}"), 2))
            .put("layers", new JsonArray().add(descriptor(pushBlob(name, layer), layer.length())));
    if (subject != null) {
      json.put("subject", descriptor(subject, size(subject)).put("mediaType", OCI));
    }
    return pushManifest(name, tag, OCI, json.encode());
  }

  private Digest pushManifest(String name, @Nullable String tag, String type, String text)
      throws Exception {
    var digest = Digest.sha256(text);
    manifestSizes.put(digest, text.length());
    var path = "/v2/" + name + "/manifests/" + (tag == null ? digest : tag);
    var answer = send("PUT", path, type, text);
    assertEquals(201, answer.statusCode(), answer.body());
    return digest;
  }

  private static JsonObject descriptor(Digest digest, int size) {
    return new JsonObject()
        .put("mediaType", "application/vnd.oci.image.layer.v1.tar")
        .put("digest", digest.toString())
        .put("size", size);
  }

  private int size(Digest manifest) {
    return Objects.requireNonNull(manifestSizes.get(manifest));
  }

  private boolean isStored(Digest digest) {
    return Files.exists(file(digest));
  }

  private Path file(Digest digest) {
    return folder
        .resolve("data/docker/registry/v2/blobs/sha256")
        .resolve(digest.hex().substring(0, 2))
        .resolve(digest.hex())
        .resolve("data");
  }

  private int status(String path) throws Exception {
    return send("GET", path, "text/plain", "").statusCode();
  }

  @Test
  void whatNoManifestNeedsGoes() throws Exception {
    pushImage("a/kept", "v1", "layer of kept", null);
    var gone = pushImage("a/gone", "v1", "layer of gone", null);
    var stray = pushBlob("a/stray", "a blob alone");
    assertEquals(
        202, send("DELETE", "/v2/a/gone/manifests/" + gone, "text/plain", "").statusCode());

    var said = collect("--dry-run", "--age", "0");

    assertTrue(said.contains("blob " + stray + "  12"), said);
    assertTrue(said.contains("1 manifests stay; these would go: 0 manifests, 3 blobs"), said);
    assertTrue(isStored(stray));

    said = collect("--age", "0");

    assertTrue(said.contains("1 manifests stay; these are gone: 0 manifests, 3 blobs"), said);
    assertFalse(isStored(stray));
    assertFalse(isStored(gone));
    assertFalse(isStored(Digest.sha256("layer of gone")));
    assertEquals(200, status("/v2/a/kept/manifests/v1"));
    assertEquals(200, status("/v2/a/kept/blobs/" + Digest.sha256("layer of kept")));
    assertEquals(404, status("/v2/a/stray/blobs/" + Digest.sha256("another")));
    assertTrue(collect("--age", "0").contains("0 manifests, 0 blobs of 0.0 MB in all, 0 links"));
  }

  /** The registry beside it remembers links that are gone, and writes them again. */
  @Test
  void whatIsGoneCanBePushedAgain() throws Exception {
    var first = pushBlob("a/app", "a layer that comes twice");
    collect("--age", "0");
    assertFalse(isStored(first));

    pushImage("a/app", "v1", "a layer that comes twice", null);
    restart();

    assertEquals(200, status("/v2/a/app/manifests/v1"));
    assertEquals(200, status("/v2/a/app/blobs/" + first));
  }

  @Test
  void whatIsYoungStays() throws Exception {
    var stray = pushBlob("a/stray", "on its way");
    var untagged = pushImage("a/app", null, "without a tag", null);

    var said = collect("--delete-untagged");

    assertTrue(said.contains("1 manifests stay; these are gone: 0 manifests, 0 blobs"), said);
    assertTrue(isStored(stray));
    assertTrue(isStored(untagged));
  }

  /** Indexes keep their images, and images their signatures. */
  @Test
  void untaggedManifestsGoWhenAsked() throws Exception {
    var child = pushImage("a/multi", null, "one platform", null);
    pushManifest(
        "a/multi",
        "v1",
        INDEX,
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", INDEX)
            .put(
                "manifests",
                new JsonArray().add(descriptor(child, size(child)).put("mediaType", OCI)))
            .encode());
    var signature = pushImage("a/multi", null, "a signature", child);
    var old = pushImage("a/multi", "v2", "what v2 was", null);
    var now = pushImage("a/multi", "v2", "what v2 is", null);

    assertTrue(collect("--age", "0").contains("5 manifests stay; these are gone: 0 manifests"));
    var said = collect("--age", "0", "--delete-untagged");

    assertTrue(said.contains("manifest a/multi@" + old), said);
    assertTrue(said.contains("4 manifests stay; these are gone: 1 manifests, 2 blobs"), said);
    assertFalse(isStored(Digest.sha256("what v2 was")));
    // What it has open it may serve a minute longer.
    restart();
    assertEquals(404, status("/v2/a/multi/manifests/" + old));
    for (var digest : new Digest[] {child, signature, now}) {
      assertEquals(200, status("/v2/a/multi/manifests/" + digest));
    }
    assertTrue(isStored(Digest.sha256("a signature")));
  }

  /**
   * Manifests come while blobs go, and need both what is gone already and what is about to go: an
   * image is refused, or it is whole.
   */
  @Test
  void whatIsAcceptedMeanwhileIsWhole() throws Exception {
    var names = new ArrayList<String>();
    for (var i = 0; i < 8; i++) {
      pushBlob("a/app", "old layer " + i);
      names.add("old layer " + i);
    }
    pushBlob("a/app", "{}");
    names.sort(Comparator.comparing(content -> Digest.sha256(content).toString()));
    var answers = new ArrayList<Integer>();
    // The registry has it open now, and could think for a minute that it is there.
    assertEquals(200, status("/v2/a/app/blobs/" + Digest.sha256(names.getFirst())));

    sweep(
        blob -> {
          if (answers.isEmpty()) {
            answers.add(putImage("first", names.getFirst()));
            answers.add(putImage("last", names.getLast()));
          }
        });

    restart();
    assertEquals(List.of(400, 201), answers);
    assertEquals(404, status("/v2/a/app/manifests/first"));
    assertEquals(200, status("/v2/a/app/manifests/last"));
    assertEquals(200, status("/v2/a/app/blobs/" + Digest.sha256(names.getLast())));
    assertEquals(200, status("/v2/a/app/blobs/" + Digest.sha256("{}")));
    assertFalse(isStored(Digest.sha256(names.get(1))));
    assertEquals(List.of(), aside());
  }

  /** It comes when all has been looked at, and the link that it counts on is about to go. */
  @Test
  void theFirstImageOfARepositoryIsSeenAsWell() throws Exception {
    pushBlob("a/app", "old layer");
    pushBlob("a/app", "{}");
    var answers = new ArrayList<Integer>();

    sweep(
        blob -> {},
        stores -> beforeFirstUnlink(stores, () -> answers.add(putImage("first", "old layer"))));

    restart();
    assertEquals(List.of(201), answers);
    assertEquals(200, status("/v2/a/app/manifests/first"));
    assertEquals(200, status("/v2/a/app/blobs/" + Digest.sha256("old layer")));
    assertEquals(200, status("/v2/a/app/blobs/" + Digest.sha256("{}")));
  }

  private static Stores beforeFirstUnlink(Stores stores, Runnable action) {
    var first = new AtomicBoolean(true);
    var repositories =
        (RepositoryStore)
            Proxy.newProxyInstance(
                GarbageCollectCommandTest.class.getClassLoader(),
                new Class<?>[] {RepositoryStore.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("unlink") && first.getAndSet(false)) {
                    action.run();
                  }
                  return method.invoke(stores.repositories(), arguments);
                });
    return stores.with(repositories);
  }

  @Test
  void whatFailsOrIsKilledLosesNothing() throws Exception {
    var first = pushBlob("a/app", "a blob alone");
    assertThrows(
        IllegalStateException.class,
        () ->
            sweep(
                blob -> {
                  throw new IllegalStateException("no more");
                }));
    assertTrue(isStored(first));

    var lost = folder.resolve("data/layover/aside/sha256").resolve(first.hex());
    Files.move(file(first), lost);
    restart();
    assertTrue(isStored(first));
    assertEquals(List.of(), aside());
  }

  /** Collects all, and tells after each blob. */
  private void sweep(IntConsumer taken) throws Exception {
    sweep(taken, UnaryOperator.identity());
  }

  private void sweep(IntConsumer taken, UnaryOperator<Stores> seen) throws Exception {
    var vertx = Vertx.vertx();
    try {
      var stores = seen.apply(Storing.beside(vertx, ConfigReader.read(config, Map.of())).stores());
      var pushes = Registry.over(stores, new PushRules(false, child -> true, url -> true)).pushes();
      var observer =
          new Collector.Observer() {
            @Override
            public void looked(int repositories) {}

            @Override
            public void removed(int blobs, int all) {
              taken.accept(blobs);
            }
          };
      new Collector(stores, pushes, new Collector.Rules(name -> false, Instant.now()), observer)
          .remove();
    } finally {
      vertx.close().await();
    }
  }

  /** The answer to a manifest whose blobs are said to be there. */
  private int putImage(String tag, String layer) {
    var json =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", OCI)
            .put("config", descriptor(Digest.sha256("{}"), 2))
            .put("layers", new JsonArray().add(descriptor(Digest.sha256(layer), layer.length())));
    try {
      return send("PUT", "/v2/a/app/manifests/" + tag, OCI, json.encode()).statusCode();
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Path> aside() throws IOException {
    try (var files = Files.walk(folder.resolve("data/layover/aside"))) {
      return files.filter(Files::isRegularFile).toList();
    }
  }

  /** What it cannot read may need anything. */
  @Test
  void aRepositoryThatCannotBeReadKeepsEverything() throws Exception {
    var stray = pushBlob("a/odd", "whose is this?");
    var image = pushImage("a/odd", "v1", "a layer", null);
    Files.write(file(image), "{\"schemaVersion\": 1}".getBytes(StandardCharsets.UTF_8));

    collect("--age", "0", "--delete-untagged");

    assertTrue(isStored(stray));
    assertTrue(isStored(Digest.sha256("a layer")));
    assertTrue(isStored(image));
  }
}
