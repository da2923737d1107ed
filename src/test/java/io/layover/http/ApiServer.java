package io.layover.http;

import io.layover.auth.Entrance;
import io.layover.auth.Gate;
import io.layover.notify.Receivers;
import io.layover.oci.Digest;
import io.layover.registry.Hosted;
import io.layover.registry.LocalRegistry;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.registry.Routing;
import io.layover.storage.Disk;
import io.layover.storage.filesystem.FileStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A registry over a directory, served on loopback by two event loops, and a client of it. */
final class ApiServer implements AutoCloseable {
  private static final PushRules STRICT = new PushRules(true, child -> true, url -> false);

  private final Vertx vertx = Vertx.vertx();
  private final Disk disk = new Disk(vertx);
  private final Path root;
  private final Registry registry;
  private final HttpClient client;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();

  /** What a test may want otherwise. */
  static final class Settings {
    private boolean deleteEnabled = true;
    private boolean readOnly;
    private byte @Nullable [] secret;
    private int mostTags = 1000;
    private int mostRepositories = 1000;
    private PushRules rules = STRICT;
    private Function<LocalRegistry, Routing> routing = Hosted::new;
    private @Nullable Gate gate;
    private String host = "";

    Settings withoutDelete() {
      deleteEnabled = false;
      return this;
    }

    Settings readOnly() {
      readOnly = true;
      return this;
    }

    Settings most(int tags, int repositories) {
      mostTags = tags;
      mostRepositories = repositories;
      return this;
    }

    Settings secret(String text) {
      secret = text.getBytes(StandardCharsets.UTF_8);
      return this;
    }

    Settings rules(PushRules other) {
      rules = other;
      return this;
    }

    Settings routing(Function<LocalRegistry, Routing> other) {
      routing = other;
      return this;
    }

    Settings gate(Gate other) {
      gate = other;
      return this;
    }

    Settings host(String other) {
      host = other;
      return this;
    }
  }

  private ApiServer(Path root, Settings settings) {
    this.root = root;
    try {
      registry = Registry.over(FileStores.open(root, disk), settings.rules);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var parts =
        new Routes.Parts(
            new RequestMeters(new SimpleMeterRegistry()),
            Receivers.NONE,
            () -> true,
            settings.routing.apply(registry.local()),
            registry,
            settings.deleteEnabled,
            settings.readOnly,
            settings.mostTags,
            settings.mostRepositories,
            settings.host,
            "/",
            Map.of(),
            settings.secret == null ? null : new SecretKeySpec(settings.secret, "HmacSHA256"),
            Peers.DIRECT,
            settings.gate == null ? null : new Entrance(settings.gate, new SimpleMeterRegistry()),
            null);
    vertx
        .deployVerticle(() -> new EventLoop(parts), new DeploymentOptions().setInstances(2))
        .await();
    client = vertx.createHttpClient(new PoolOptions().setHttp1MaxSize(64));
  }

  private final class EventLoop extends VerticleBase {
    private final Routes.Parts parts;

    private EventLoop(Routes.Parts parts) {
      this.parts = parts;
    }

    @Override
    public Future<?> start() {
      return vertx
          .createHttpServer(new HttpServerOptions().setMaxInitialLineLength(16 << 10))
          .requestHandler(Routes.of(vertx, parts))
          .invalidRequestHandler(Routes::refuse)
          .listen(-1, "127.0.0.1")
          .onSuccess(servers::add);
    }
  }

  static ApiServer over(Path root) {
    return over(root, new Settings());
  }

  static ApiServer over(Path root, Settings settings) {
    return new ApiServer(root, settings);
  }

  int port() {
    return servers.getFirst().actualPort();
  }

  Path root() {
    return root;
  }

  @Override
  public void close() {
    client.close().await();
    vertx.close().await();
  }

  Answer get(String path, String... headers) {
    return request("GET", path, null, headers);
  }

  Answer head(String path, String... headers) {
    return request("HEAD", path, null, headers);
  }

  Answer delete(String path) {
    return request("DELETE", path, null);
  }

  Answer post(String path, String... headers) {
    return request("POST", path, null, headers);
  }

  Answer put(String path, String body, String... headers) {
    return request("PUT", path, Buffer.buffer(body), headers);
  }

  Answer patch(String path, String body, String... headers) {
    return request("PATCH", path, Buffer.buffer(body), headers);
  }

  Answer request(String method, String path, @Nullable Buffer body, String... headers) {
    return await(send(method, path, body, headers));
  }

  static <T> T await(Future<T> future) {
    try {
      return future.await(20, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("no answer", e);
    }
  }

  /** Sends a request and does not wait for the answer; the path is taken as it is. */
  Future<Answer> send(String method, String path, @Nullable Buffer body, String... headers) {
    var options =
        new RequestOptions()
            .setMethod(HttpMethod.valueOf(method))
            .setHost("127.0.0.1")
            .setPort(port())
            .setURI(path);
    for (var i = 0; i < headers.length; i += 2) {
      options.addHeader(headers[i], headers[i + 1]);
    }
    return send(client, options, body);
  }

  /** Sends a request by a client, and reads the whole answer. */
  static Future<Answer> send(HttpClient client, RequestOptions options, @Nullable Buffer body) {
    // The body is asked for inside, on the client's own thread: later would be too late.
    return client
        .request(options)
        .compose(
            request ->
                (body == null ? request.send() : request.send(body))
                    .compose(
                        response ->
                            response
                                .body()
                                .map(
                                    bytes ->
                                        new Answer(
                                            response.statusCode(), response.headers(), bytes))));
  }

  /** Pushes a blob as most clients do: in three requests. */
  Digest pushBlob(String name, String content) {
    var location = post("/v2/" + name + "/blobs/uploads/").expect(202).location();
    location = patch(location, content).expect(202).location();
    var digest = Digest.sha256(content);
    put(Answer.with(location, "digest=" + digest), "").expect(201);
    return digest;
  }

  /** Pushes a manifest as what it says it is. */
  Answer pushManifest(String name, String reference, String json) {
    return put("/v2/" + name + "/manifests/" + reference, json);
  }

  /** Pushes a small image of its own, made distinct by {@code content}. */
  Digest pushImage(String name, String reference, String content) {
    var json = Documents.image(pushBlob(name, "{}"), 2, pushBlob(name, content), content.length());
    pushManifest(name, reference, json).expect(201);
    return Digest.sha256(json);
  }
}
