package io.layover;

import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
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
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** A mirror in this process, in front of a given upstream, and a client of it. */
public final class Mirror implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path root;
  private final Map<String, String> variables;
  private Server server;

  private Mirror(Path root, Map<String, String> variables) {
    this.root = root;
    this.variables = variables;
    this.server = launch();
  }

  /**
   * A mirror of {@code url}, which it knows as {@code docker.io}.
   *
   * @param moreVariables as name, value, …; an empty value takes away what is set otherwise
   */
  public static Mirror of(String url, Path root, String... moreVariables) {
    var variables = new TreeMap<String, String>();
    variables.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", root.toString());
    variables.put(
        "REGISTRY_PROXY_UPSTREAMS", "[{name: docker.io, remoteurl: '" + url + "', default: true}]");
    variables.put("REGISTRY_PROXY_HOSTED", "['private/**']");
    // A busy machine is no slow upstream, and what tests put there is there.
    variables.put("REGISTRY_PROXY_ANSWERWITHIN", "30s");
    variables.put("REGISTRY_PROXY_NEGATIVETTL", "0s");
    for (var i = 0; i < moreVariables.length; i += 2) {
      if (moreVariables[i + 1].isEmpty()) {
        variables.remove(moreVariables[i]);
      } else {
        variables.put(moreVariables[i], moreVariables[i + 1]);
      }
    }
    return new Mirror(root, variables);
  }

  private Server launch() {
    try {
      return Server.start(ConfigReader.read(null, variables), variables);
    } catch (StartException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends it and starts it again over the same directory. */
  public void restart() {
    server.close().await();
    server = launch();
  }

  @Override
  public void close() {
    http.shutdownNow();
    server.close().await();
  }

  public int port() {
    return server.port();
  }

  /** The port that operators ask, if the variables say that there is one. */
  public int debugPort() {
    return server.debugPort();
  }

  /** The answer to a GET, or to {@code HEAD path}; headers as name, value, … */
  public HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return http.send(request(path, headers), BodyHandlers.ofByteArray());
  }

  /** As {@link #get}, without waiting for it. */
  public CompletableFuture<HttpResponse<byte[]>> getLater(String path, String... headers) {
    return http.sendAsync(request(path, headers), BodyHandlers.ofByteArray());
  }

  private HttpRequest request(String path, String... headers) {
    var head = path.startsWith("HEAD ");
    var builder =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + port() + (head ? path.substring(5) : path)))
            .timeout(LIMIT)
            .method(head ? "HEAD" : "GET", HttpRequest.BodyPublishers.noBody());
    if (headers.length > 0) {
      builder.headers(headers);
    }
    return builder.build();
  }

  /** A connection on which a GET was sent and nothing is read yet. */
  public Socket open(String path) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout((int) LIMIT.toMillis());
    socket
        .getOutputStream()
        .write(
            ("GET " + path + " HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** The files below a part of the storage directory, as paths relative to it. */
  public List<String> files(String below) throws IOException {
    var start = root.resolve(below);
    if (!Files.exists(start)) {
      return List.of();
    }
    try (var walk = Files.walk(start)) {
      return walk.filter(Files::isRegularFile).map(root::relativize).map(Path::toString).toList();
    }
  }

  /** True if the blob is in the store. */
  public boolean holds(Digest digest) {
    return Files.exists(
        root.resolve("docker/registry/v2/blobs")
            .resolve(digest.algorithm())
            .resolve(digest.hex().substring(0, 2))
            .resolve(digest.hex())
            .resolve("data"));
  }

  /** The value of a header, or null. */
  public static @Nullable String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  /** Waits until something is so. */
  public static void await(String what, BooleanSupplier condition) throws InterruptedException {
    var deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("never happened: " + what);
      }
      Thread.sleep(5);
    }
  }
}
