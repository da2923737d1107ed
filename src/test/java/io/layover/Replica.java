package io.layover;

import io.layover.config.ConfigReader;
import io.layover.oci.Digest;
import io.layover.parts.S3Server;
import io.layover.standin.Images;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A Layover in this process whose images are in a bucket, and a client of it. */
final class Replica implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Server server;

  private Replica(Server server) {
    this.server = server;
  }

  /**
   * Starts one.
   *
   * @param s3 where it finds S3
   * @param local a directory of its own
   */
  static Replica start(URI s3, String bucket, Path local, String... moreVariables)
      throws StartException {
    var variables = new TreeMap<String, String>();
    variables.put("REGISTRY_HTTP_ADDR", "127.0.0.1:0");
    variables.put("REGISTRY_HTTP_SECRET", "the same for all");
    variables.put("REGISTRY_STORAGE_S3_BUCKET", bucket);
    variables.put("REGISTRY_STORAGE_S3_REGIONENDPOINT", s3.toString());
    variables.put("REGISTRY_STORAGE_S3_FORCEPATHSTYLE", "true");
    variables.put("REGISTRY_STORAGE_S3_ACCESSKEY", S3Server.ACCESS_KEY);
    variables.put("REGISTRY_STORAGE_S3_SECRETKEY", S3Server.SECRET_KEY);
    variables.put("REGISTRY_STORAGE_S3_CHUNKSIZE", "5242880");
    variables.put("REGISTRY_STORAGE_S3_SPOOLDIRECTORY", local.toString());
    variables.put("REGISTRY_STORAGE_DELETE_ENABLED", "true");
    variables.put("REGISTRY_STORAGE_REDIRECT_DISABLE", "true");
    for (var i = 0; i < moreVariables.length; i += 2) {
      variables.put(moreVariables[i], moreVariables[i + 1]);
    }
    return new Replica(Server.start(ConfigReader.read(null, variables), variables));
  }

  String url() {
    return "http://127.0.0.1:" + server.port();
  }

  @Override
  public void close() {
    http.shutdownNow();
    server.close().await();
  }

  HttpResponse<byte[]> get(String path, String... headers) throws Exception {
    return send("GET", path, null, headers);
  }

  /**
   * Sends a request.
   *
   * @param target a path, or a whole URL
   */
  HttpResponse<byte[]> send(String method, String target, byte @Nullable [] body, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(target.startsWith("/") ? url() + target : target))
            .timeout(LIMIT)
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  /** Sends a request that must be answered so, and gives where it points. */
  String expect(int status, String method, String target, byte @Nullable [] body)
      throws IOException, InterruptedException {
    var answer = send(method, target, body);
    if (answer.statusCode() != status) {
      throw new AssertionError(
          method
              + " "
              + target
              + " -> "
              + answer.statusCode()
              + " "
              + new String(answer.body(), StandardCharsets.UTF_8));
    }
    return answer.headers().firstValue("Location").orElse("");
  }

  /** Begins an upload, and gives where it goes on. */
  String begin(String name) throws IOException, InterruptedException {
    return expect(202, "POST", "/v2/" + name + "/blobs/uploads/", new byte[0]);
  }

  /** What ends an upload that goes on there. */
  static String ending(String location, Digest digest) {
    return location + (location.contains("?") ? "&" : "?") + "digest=" + digest;
  }

  /** Pushes a blob as most clients do: in three requests. */
  Digest push(String name, byte[] content) throws IOException, InterruptedException {
    var digest = Digest.sha256(content);
    var location = expect(202, "PATCH", begin(name), content);
    expect(201, "PUT", ending(location, digest), new byte[0]);
    return digest;
  }

  /** Pushes an image of one layer, and gives the digest of its manifest. */
  Digest pushImage(String name, String tag, byte[] layer) throws IOException, InterruptedException {
    var config = "{}".getBytes(StandardCharsets.UTF_8);
    var manifest =
        Images.manifest(push(name, config), config.length, push(name, layer), layer.length);
    expect(201, "PUT", "/v2/" + name + "/manifests/" + tag, manifest);
    return Digest.sha256(manifest);
  }
}
