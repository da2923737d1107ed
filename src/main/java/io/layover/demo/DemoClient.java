package io.layover.demo;

import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Pulls and pushes as container engines do, and believes no byte before its digest is right. */
final class DemoClient {
  private final HttpClient http;
  private final String registry;

  DemoClient(HttpClient http, String registry) {
    this.http = http;
    this.registry = registry;
  }

  /** Pulls {@code name:latest}: its manifest, then all its blobs at once. */
  Future<Void> pull(String name) {
    return get(name, "manifests/latest")
        .compose(HttpClientResponse::body)
        .compose(
            body ->
                Future.join(
                    Manifest.parse(body.getBytes(), null).blobs().stream()
                        .map(blob -> pull(name, blob))
                        .collect(Collectors.toList())))
        .mapEmpty();
  }

  private Future<Void> pull(String name, Descriptor blob) {
    return get(name, "blobs/" + blob.digest())
        .compose(
            response -> {
              var hash = blob.digest().hasher();
              response.handler(chunk -> hash.update(chunk.getBytes()));
              return response
                  .end()
                  .compose(
                      v ->
                          Digest.of(blob.digest().algorithm(), hash.digest()).equals(blob.digest())
                              ? Future.succeededFuture()
                              : Future.failedFuture(blob.digest() + " arrived damaged"));
            });
  }

  private Future<HttpClientResponse> get(String name, String path) {
    return http.request(
            new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(registry + "/v2/" + name + "/" + path))
        .compose(
            request ->
                request
                    .send()
                    .compose(
                        response ->
                            response.statusCode() == 200
                                ? Future.succeededFuture(response)
                                : Future.failedFuture(
                                    request.getURI() + " answers " + response.statusCode())));
  }

  /**
   * Pushes an image as {@code name:latest}.
   *
   * @param token null: the registry wants none
   */
  Future<Void> push(DemoImage image, @Nullable String token) {
    Future<Void> pushed = Future.succeededFuture();
    for (var blob : image.blobs()) {
      pushed = pushed.compose(v -> push(image.name(), blob, token));
    }
    return pushed.compose(
        v ->
            send(
                    HttpMethod.PUT,
                    registry + "/v2/" + image.name() + "/manifests/latest",
                    token,
                    Map.of("Content-Type", MediaTypes.OCI_MANIFEST),
                    image.manifest(),
                    201)
                .mapEmpty());
  }

  private Future<Void> push(String name, Buffer blob, @Nullable String token) {
    var digest = Digest.sha256(blob.getBytes());
    return send(
            HttpMethod.POST,
            registry + "/v2/" + name + "/blobs/uploads/",
            token,
            Map.of(),
            Buffer.buffer(),
            202)
        .compose(
            started ->
                send(
                    HttpMethod.PATCH,
                    registry + started.getHeader("Location"),
                    token,
                    Map.of("Content-Type", MediaTypes.OCTET_STREAM),
                    blob,
                    202))
        .compose(
            sent ->
                send(
                    HttpMethod.PUT,
                    registry + sent.getHeader("Location") + "?digest=" + digest,
                    token,
                    Map.of(),
                    Buffer.buffer(),
                    201))
        .mapEmpty();
  }

  private Future<HttpClientResponse> send(
      HttpMethod method,
      String url,
      @Nullable String token,
      Map<String, String> headers,
      Buffer body,
      int expected) {
    var options = new RequestOptions().setMethod(method).setAbsoluteURI(url);
    if (token != null) {
      options.putHeader("Authorization", "Bearer " + token);
    }
    headers.forEach(options::putHeader);
    return http.request(options)
        .compose(request -> request.send(body))
        .compose(
            response ->
                response.statusCode() == expected
                    ? Future.succeededFuture(response)
                    : Future.failedFuture(method + " answers " + response.statusCode()));
  }

  /** A token for a repository of a demo upstream. */
  Future<String> token(String name) {
    return http.request(
            new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setAbsoluteURI(registry + "/token?scope=repository:" + name + ":pull,push"))
        .compose(request -> request.send().compose(HttpClientResponse::body))
        .map(body -> body.toJsonObject().getString("token"));
  }
}
