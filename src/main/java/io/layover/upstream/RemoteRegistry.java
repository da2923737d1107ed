package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.Excerpt;
import io.layover.oci.Manifest;
import io.layover.oci.MediaTypes;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.storage.Blob;
import io.layover.upstream.UpstreamFailure.Kind;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An upstream as a registry: each method is one request, and its answer is checked before anyone
 * relies on it. Names are the local ones. Futures fail with {@link UpstreamFailure}.
 */
final class RemoteRegistry {
  private static final int LARGEST_LIST = 4 << 20;
  private static final Map<String, String> ACCEPT_MANIFESTS =
      Map.of(
          "Accept",
          String.join(
              ", ",
              MediaTypes.OCI_INDEX,
              MediaTypes.DOCKER_LIST,
              MediaTypes.OCI_MANIFEST,
              MediaTypes.DOCKER_MANIFEST));

  private final UpstreamClient client;

  RemoteRegistry(UpstreamClient client) {
    this.client = client;
  }

  /**
   * What a tag is at the moment.
   *
   * @param digest absent if the upstream does not say
   * @param size in bytes, or -1
   */
  record Head(@Nullable Digest digest, @Nullable String mediaType, long size) {}

  /** A manifest whose digest was verified. */
  record Fetched(Digest digest, Manifest manifest, Buffer body) {}

  /** Asks what a tag is. Docker Hub counts no pull for this. */
  Future<Head> head(RepositoryName name, Tag tag) {
    return request(HttpMethod.HEAD, name, "manifests/" + tag, ACCEPT_MANIFESTS)
        .map(
            response -> {
              Responses.discard(response);
              if (response.statusCode() == 405) {
                return new Head(null, null, -1);
              }
              requireSuccess(response);
              var digest = digestHeader(response);
              return new Head(digest, mediaType(response), contentLength(response));
            });
  }

  /** Fetches a manifest, whole and verified. */
  Future<Fetched> manifest(RepositoryName name, Reference reference) {
    return request(HttpMethod.GET, name, "manifests/" + reference, ACCEPT_MANIFESTS)
        .compose(
            response -> {
              if (response.statusCode() != 200) {
                Responses.discard(response);
                throw unexpected(response);
              }
              requireIdentity(response);
              return Responses.body(response, Manifest.LARGEST)
                  .map(body -> verified(reference, response, body));
            });
  }

  private static Fetched verified(Reference reference, HttpClientResponse response, Buffer body) {
    var bytes = body.getBytes();
    var wanted = reference instanceof Digest digest ? digest : digestHeader(response);
    var algorithm = wanted == null ? "sha256" : wanted.algorithm();
    var actual = Digest.of(algorithm, Digest.hasher(algorithm).digest(bytes));
    if (wanted != null && !actual.equals(wanted)) {
      throw new UpstreamFailure(
          Kind.BROKEN, "the manifest has the digest " + actual + ", not " + wanted);
    }
    try {
      return new Fetched(actual, Manifest.parse(bytes, mediaType(response)), body);
    } catch (RegistryException e) {
      throw new UpstreamFailure(Kind.BROKEN, "not a manifest: " + e.getMessage(), e);
    }
  }

  /** Begins to fetch a blob; the response comes paused and is a success. */
  Future<HttpClientResponse> blob(RepositoryName name, Digest digest) {
    return request(HttpMethod.GET, name, "blobs/" + digest, Map.of())
        .map(
            response -> {
              if (response.statusCode() != 200) {
                Responses.discard(response);
                throw unexpected(response);
              }
              try {
                requireIdentity(response);
              } catch (UpstreamFailure e) {
                response.request().reset();
                throw e;
              }
              return response;
            });
  }

  /** The size of a blob, or {@link Blob#UNKNOWN} if it is there but the upstream does not say. */
  Future<Long> blobSize(RepositoryName name, Digest digest) {
    return request(HttpMethod.HEAD, name, "blobs/" + digest, Map.of())
        .map(
            response -> {
              Responses.discard(response);
              requireSuccess(response);
              return contentLength(response);
            });
  }

  /** At most {@code limit} tags that come after {@code last}. */
  Future<List<String>> tags(RepositoryName name, @Nullable String last, int limit) {
    var path = "tags/list?n=" + limit + (last == null ? "" : "&last=" + encode(last));
    return request(HttpMethod.GET, name, path, Map.of())
        .compose(
            response -> {
              requireSuccess(response);
              return Responses.body(response, LARGEST_LIST);
            })
        .map(body -> readTags(body, last, limit));
  }

  private static List<String> readTags(Buffer body, @Nullable String last, int limit) {
    try {
      var tags = new JsonObject(body).getJsonArray("tags");
      return tags == null
          ? List.of()
          : tags.stream()
              .map(String::valueOf)
              .filter(tag -> Tag.isValid(tag) && (last == null || tag.compareTo(last) > 0))
              .sorted()
              .limit(limit)
              .toList();
    } catch (DecodeException | ClassCastException e) {
      throw new UpstreamFailure(Kind.BROKEN, "the list of tags is not the JSON expected", e);
    }
  }

  private static String encode(String value) {
    return URLEncoder.encode(value, StandardCharsets.UTF_8);
  }

  private Future<HttpClientResponse> request(
      HttpMethod method, RepositoryName name, String path, Map<String, String> headers) {
    var upstream = client.upstream();
    var there = upstream.remote(name);
    return upstream.allows().test(there)
        ? client.request(method, there, path, headers)
        : Future.failedFuture(
            new UpstreamFailure(Kind.ABSENT, "its configuration does not allow " + there));
  }

  private static void requireSuccess(HttpClientResponse response) {
    if (response.statusCode() != 200) {
      throw unexpected(response);
    }
  }

  private static UpstreamFailure unexpected(HttpClientResponse response) {
    return Responses.failure(response, "the upstream says " + response.statusCode());
  }

  /** Compressed in transfer, the bytes would not be the ones the digest names. */
  private static void requireIdentity(HttpClientResponse response) {
    var encoding = response.getHeader("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw new UpstreamFailure(Kind.BROKEN, "the content is encoded with " + Excerpt.of(encoding));
    }
  }

  private static @Nullable Digest digestHeader(HttpClientResponse response) {
    var text = response.getHeader("Docker-Content-Digest");
    try {
      return text == null ? null : Digest.parse(text);
    } catch (RegistryException e) {
      throw new UpstreamFailure(
          Kind.BROKEN, "Docker-Content-Digest is no digest: " + Excerpt.of(text), e);
    }
  }

  /** The manifest type in the header; null where only the content can tell. */
  private static @Nullable String mediaType(HttpClientResponse response) {
    var header = response.getHeader("Content-Type");
    if (header == null) {
      return null;
    }
    var type = MediaTypes.essence(header);
    return switch (type) {
      case "application/json", "text/plain", "application/octet-stream" -> null;
      default -> type;
    };
  }

  private static long contentLength(HttpClientResponse response) {
    var length = response.getHeader("Content-Length");
    try {
      return length == null ? Blob.UNKNOWN : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return Blob.UNKNOWN;
    }
  }
}
