package io.layover.http;

import io.layover.notify.Receivers;
import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.layover.oci.RepositoryName;
import io.layover.registry.Hosted;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.registry.Routing;
import io.layover.storage.Disk;
import io.layover.storage.filesystem.FileStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The API on a free port of the loopback address, over a registry in a directory. */
public final class RegistryFixture implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx, 8);
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final Path directory;
  private final Routes.Parts parts;
  private final HttpServer server;

  /** What differs from test to test. */
  public record Options(
      @Nullable Routing routing,
      int mostTags,
      int mostRepositories,
      String prefix,
      Map<String, List<String>> headers) {
    /** A plain registry: every name is pushed here. */
    public static Options plain() {
      return new Options(null, 1000, 1000, "/", Map.of());
    }

    Options routing(Routing other) {
      return new Options(other, mostTags, mostRepositories, prefix, headers);
    }

    Options pages(int tags, int repositories) {
      return new Options(routing, tags, repositories, prefix, headers);
    }

    Options prefix(String other) {
      return new Options(routing, mostTags, mostRepositories, other, headers);
    }

    Options headers(Map<String, List<String>> other) {
      return new Options(routing, mostTags, mostRepositories, prefix, other);
    }
  }

  private RegistryFixture(Path directory, Options options) throws Exception {
    this.directory = directory;
    var registry =
        Registry.over(
            FileStores.open(directory, disk), new PushRules(true, child -> true, url -> true));
    parts =
        new Routes.Parts(
            new RequestMeters(new SimpleMeterRegistry()),
            Receivers.NONE,
            () -> true,
            options.routing == null ? new Hosted(registry.local()) : options.routing,
            registry,
            false,
            false,
            options.mostTags,
            options.mostRepositories,
            "",
            options.prefix,
            options.headers,
            null,
            Peers.DIRECT,
            null,
            null);
    server =
        result(
            vertx
                .createHttpServer()
                .requestHandler(Routes.of(vertx, parts))
                .invalidRequestHandler(Routes::refuse)
                .listen(0, "127.0.0.1"));
  }

  public static RegistryFixture start(Path directory) throws Exception {
    return start(directory, Options.plain());
  }

  public static RegistryFixture start(Path directory, Options options) throws Exception {
    return new RegistryFixture(directory, options);
  }

  /** What the API is made of, for a server of another make. */
  public Routes.Parts parts() {
    return parts;
  }

  public Vertx vertx() {
    return vertx;
  }

  int port() {
    return server.actualPort();
  }

  RawConnection connect() throws IOException {
    return RawConnection.open(port());
  }

  HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return send("GET", path, null, headers);
  }

  HttpResponse<byte[]> head(String path, String... headers) throws Exception {
    return send("HEAD", path, null, headers);
  }

  /**
   * Sends a request.
   *
   * @param path or, as answers have it, a whole URL
   * @param headers names and values in turn
   */
  HttpResponse<byte[]> send(String method, String path, byte @Nullable [] body, String... headers)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port()).resolve(path))
            .timeout(Duration.ofSeconds(20))
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), BodyHandlers.ofByteArray());
  }

  /** Pushes a blob as most clients do: POST, PATCH, PUT. */
  Digest pushBlob(String name, byte[] content) throws Exception {
    var digest = Digest.sha256(content);
    var started = send("POST", parts.prefix() + "v2/" + name + "/blobs/uploads/", null);
    var location = header(started, "Location");
    var patched = send("PATCH", location, content, "Content-Type", MediaTypes.OCTET_STREAM);
    var closed = send("PUT", header(patched, "Location") + "?digest=" + digest, null);
    expect(201, closed);
    return digest;
  }

  /** Pushes an image with these layers; its manifest's text. */
  String pushImage(String name, String tag, byte[]... layers) throws Exception {
    var config =
        "{\"architecture\": \"amd64\", \"os\": \"linux\"}".getBytes(StandardCharsets.UTF_8);
    var text =
        manifest(
            descriptor(pushBlob(name, config), config.length),
            Arrays.stream(layers).map(layer -> descriptor(Digest.sha256(layer), layer.length)));
    for (var layer : layers) {
      pushBlob(name, layer);
    }
    expect(201, pushManifest(name, tag, text, MediaTypes.OCI_MANIFEST));
    return text;
  }

  HttpResponse<byte[]> pushManifest(String name, String reference, String text, String type)
      throws Exception {
    return send(
        "PUT",
        parts.prefix() + "v2/" + name + "/manifests/" + reference,
        text.getBytes(StandardCharsets.UTF_8),
        "Content-Type",
        type);
  }

  static String manifest(String config, Stream<String> layers) {
    return "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"config\": %s, \"layers\": [%s]}"
        .formatted(MediaTypes.OCI_MANIFEST, config, String.join(", ", layers.toList()));
  }

  static String descriptor(Digest digest, long size) {
    return "{\"mediaType\": \"application/octet-stream\", \"digest\": \"%s\", \"size\": %d}"
        .formatted(digest, size);
  }

  static String header(HttpResponse<?> response, String name) {
    return response
        .headers()
        .firstValue(name)
        .orElseThrow(() -> new AssertionError("no " + name + " in " + response.headers().map()));
  }

  static @Nullable String headerIfAny(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  static JsonObject json(HttpResponse<byte[]> response) {
    return new JsonObject(text(response));
  }

  /** The first error's code, where the answer is one. */
  static String code(HttpResponse<byte[]> response) {
    return code(text(response));
  }

  static String code(String body) {
    return new JsonObject(body).getJsonArray("errors").getJsonObject(0).getString("code");
  }

  static void expect(int status, HttpResponse<byte[]> response) {
    if (response.statusCode() != status) {
      throw new AssertionError(
          "expected %d but was %d: %s".formatted(status, response.statusCode(), text(response)));
    }
  }

  /** The files in the repository's uploads. */
  List<Path> uploads(String name) throws IOException {
    return files(repository(name).resolve("_uploads"));
  }

  /** All blobs that are stored, whoever has a link to them. */
  List<Path> blobs() throws IOException {
    return files(directory.resolve("docker/registry/v2/blobs"));
  }

  Path repository(String name) {
    return directory
        .resolve("docker/registry/v2/repositories")
        .resolve(RepositoryName.parse(name).value());
  }

  private static List<Path> files(Path below) throws IOException {
    if (!Files.exists(below)) {
      return List.of();
    }
    try (Stream<Path> found = Files.walk(below)) {
      return found.filter(Files::isRegularFile).toList();
    }
  }

  static <T> T result(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    client.shutdownNow();
    server.close().await();
    disk.close();
    vertx.close().await();
  }
}
