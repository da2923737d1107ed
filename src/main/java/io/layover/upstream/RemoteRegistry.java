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
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An upstream as a registry: each method is one request, and its answer is checked before anyone
 * relies on it. Names are the local ones. Futures fail with {@link UpstreamFailure}.
 */
final class RemoteRegistry {
  private static final Pattern WHOLE = Pattern.compile("bytes 0-0/([0-9]{1,18})");
  private static final Map<String, String> ACCEPT_MANIFESTS =
      Map.of("Accept", MediaTypes.MANIFESTS);

  private final UpstreamClient client;
  private final Absences absences;

  /** True once it was seen that only the GET of a blob is allowed. */
  private volatile boolean headsRefused;

  RemoteRegistry(UpstreamClient client) {
    this.client = client;
    this.absences = new Absences(client.upstream().freshness().negativeTtl(), client.time());
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

  /** That something was found not to be there a moment ago, or null. */
  @Nullable UpstreamFailure knownAbsence(HttpMethod method, RepositoryName name, String path) {
    return absences.known(method, name, path);
  }

  /** Asks what a tag is. Docker Hub counts no pull for this. */
  Future<Head> head(RepositoryName name, Tag tag) {
    var path = "manifests/" + tag;
    return absences.unlessKnown(
        HttpMethod.HEAD,
        name,
        path,
        () ->
            counted(
                request(HttpMethod.HEAD, name, path, ACCEPT_MANIFESTS)
                    .map(
                        answer -> {
                          if (answer.status() == 405) {
                            answer.discard();
                            return new Head(null, null, -1);
                          }
                          requireSuccess(answer).discard();
                          return new Head(digestHeader(answer), mediaType(answer), answer.size());
                        })));
  }

  /** Fetches a manifest, whole and verified. */
  Future<Fetched> manifest(RepositoryName name, Reference reference) {
    var path = "manifests/" + reference;
    return absences.unlessKnown(
        HttpMethod.GET,
        name,
        path,
        () ->
            counted(
                request(HttpMethod.GET, name, path, ACCEPT_MANIFESTS)
                    .compose(
                        answer ->
                            requireIdentity(requireSuccess(answer))
                                .body(Manifest.LARGEST)
                                .map(body -> verified(reference, answer, body)))));
  }

  private static Fetched verified(Reference reference, Answer answer, Buffer body) {
    var bytes = body.getBytes();
    var wanted = reference instanceof Digest digest ? digest : digestHeader(answer);
    var algorithm = wanted == null ? "sha256" : wanted.algorithm();
    var actual = Digest.of(algorithm, Digest.hasher(algorithm).digest(bytes));
    if (wanted != null && !actual.equals(wanted)) {
      throw UpstreamFailure.refused(
          Refusal.DIGEST, "the manifest has the digest " + actual + ", not " + wanted);
    }
    try {
      return new Fetched(actual, Manifest.parse(bytes, mediaType(answer)), body);
    } catch (RegistryException e) {
      throw UpstreamFailure.refused(Refusal.CONTENT, "not a manifest: " + e.getMessage(), e);
    }
  }

  /**
   * Begins to fetch a blob, whole or from {@code from} to the byte before {@code to}; the end of it
   * if that is {@link Blob#UNKNOWN}.
   *
   * @param size of the blob, as far as it is known
   * @return a piece whose body is still to be taken
   */
  Future<Piece> blob(RepositoryName name, Digest digest, long from, long to, long size) {
    var path = "blobs/" + digest;
    var whole = from == 0 && to == Blob.UNKNOWN;
    Map<String, String> headers =
        whole ? Map.of() : Map.of("Range", "bytes=%d-%s".formatted(from, to < 0 ? "" : to - 1));
    return absences.unlessKnown(
        HttpMethod.GET,
        name,
        path,
        () ->
            counted(
                request(HttpMethod.GET, name, path, headers)
                    .map(answer -> whole ? requireSuccess(answer) : requirePart(answer))
                    .map(answer -> Piece.of(requireIdentity(answer), from, to, size))));
  }

  /** The size of a blob, or {@link Blob#UNKNOWN} if it is there but the upstream does not say. */
  Future<Long> blobSize(RepositoryName name, Digest digest) {
    var path = "blobs/" + digest;
    return absences.unlessKnown(
        HttpMethod.HEAD,
        name,
        path,
        () ->
            counted(
                headsRefused
                    ? sizeByGet(name, path)
                    : request(HttpMethod.HEAD, name, path, Map.of())
                        .map(RemoteRegistry::size)
                        .recover(e -> insteadOfHead(name, path, e))));
  }

  private static long size(Answer answer) {
    requireSuccess(answer).discard();
    return answer.size();
  }

  /** public.ecr.aws refuses the HEAD of any blob and serves its GET. */
  private Future<Long> insteadOfHead(RepositoryName name, String path, Throwable e) {
    return e instanceof UpstreamFailure failure
            && (failure.status() == 401 || failure.status() == 405)
        ? sizeByGet(name, path).onSuccess(size -> headsRefused = true)
        : Future.failedFuture(e);
  }

  private Future<Long> sizeByGet(RepositoryName name, String path) {
    return request(HttpMethod.GET, name, path, Map.of("Range", "bytes=0-0"))
        .map(
            answer -> {
              if (answer.status() != 206) {
                requireSuccess(answer).abandon();
                return answer.size();
              }
              answer.discard();
              var range = WHOLE.matcher(String.valueOf(answer.header("Content-Range")));
              return range.matches() ? Long.parseLong(range.group(1)) : Blob.UNKNOWN;
            });
  }

  /** Asks for something below a repository, if it may be asked for. */
  Future<Answer> request(
      HttpMethod method, RepositoryName name, String path, Map<String, String> headers) {
    var upstream = client.upstream();
    var there = upstream.remote(name);
    return upstream.access().allows(there)
        ? client.request(method, there, path, headers)
        : Future.failedFuture(UpstreamFailure.denied(there));
  }

  /** Puts into the figures what was not taken. */
  <T> Future<T> counted(Future<T> answer) {
    return answer.onFailure(client.meters()::failed);
  }

  static Answer requireSuccess(Answer answer) {
    if (answer.status() != 200) {
      throw answer.failure("it says " + answer.status());
    }
    return answer;
  }

  /** Without {@code Content-Range}, 416 is a refusal like any other. */
  private static Answer requirePart(Answer answer) {
    var saysWhy = answer.status() == 416 && answer.header("Content-Range") != null;
    return answer.status() == 206 || saysWhy ? answer : requireSuccess(answer);
  }

  /** Compressed in transfer, the bytes would not be the ones the digest names. */
  static Answer requireIdentity(Answer answer) {
    var encoding = answer.header("Content-Encoding");
    if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
      throw answer.refused(
          UpstreamFailure.refused(
              Refusal.ENCODING, "the content is encoded with " + Excerpt.of(encoding)));
    }
    return answer;
  }

  private static @Nullable Digest digestHeader(Answer answer) {
    var text = answer.header("Docker-Content-Digest");
    try {
      return text == null ? null : Digest.parse(text);
    } catch (RegistryException e) {
      throw UpstreamFailure.refused(
          Refusal.CONTENT, "Docker-Content-Digest is no digest: " + Excerpt.of(text), e);
    }
  }

  /** The manifest type in the header; null where only the content can tell. */
  private static @Nullable String mediaType(Answer answer) {
    var header = answer.header("Content-Type");
    if (header == null) {
      return null;
    }
    var type = MediaTypes.essence(header);
    return switch (type) {
      case "application/json", "text/plain", "application/octet-stream" -> null;
      default -> type;
    };
  }
}
