package io.layover.warm;

import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import io.layover.oci.ImageName;
import io.layover.oci.Manifest;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Pulls images through a registry, so that it has them when they are needed. As with any client, no
 * byte counts before the digest is right. Everything here blocks.
 */
public final class Warmer implements AutoCloseable {
  /** Blobs at a time, as container engines do. */
  private static final int AT_ONCE = 4;

  private static final int CHUNK = 128 << 10;

  /** Is told how far it is, on several threads. */
  public interface Observer {
    /** So many bytes of blobs are here, of all that are known to come. */
    void pulled(long bytes, long all);
  }

  /**
   * What a pull came to.
   *
   * @param fetched how many of the manifests and blobs the registry had to get from an upstream
   */
  public record Pulled(int manifests, int blobs, long bytes, int fetched) {}

  private record Document(Manifest manifest, boolean isFetched) {}

  private final RegistryClient registry;
  private final Observer observer;
  private final ExecutorService readers = Executors.newFixedThreadPool(AT_ONCE);
  private final AtomicLong here = new AtomicLong();
  private final AtomicLong all = new AtomicLong();

  /** One for a registry, as whoever is logged in there. */
  public Warmer(URI server, Logins logins, Observer observer) {
    this.registry = new RegistryClient(server, logins.basic(server));
    this.observer = observer;
  }

  /**
   * Pulls an image.
   *
   * @param platforms which of an index; all of them if there is none
   * @throws IOException if some of it cannot be had
   */
  public Pulled pull(ImageName image, List<Platform> platforms)
      throws IOException, InterruptedException {
    var found = new ArrayList<Document>();
    found.add(manifest(image.name(), image.reference()));
    for (var child : children(found.getFirst().manifest, platforms)) {
      found.add(manifest(image.name(), child.digest()));
    }
    var blobs = new LinkedHashMap<Digest, Descriptor>();
    for (var document : found) {
      for (var blob : document.manifest.blobs()) {
        if (!blob.isForeign()) {
          blobs.put(blob.digest(), blob);
        }
      }
    }
    var bytes = blobs.values().stream().mapToLong(Descriptor::size).sum();
    all.addAndGet(bytes);
    var fetched = (int) found.stream().filter(Document::isFetched).count();
    return new Pulled(found.size(), blobs.size(), bytes, fetched + pull(image.name(), blobs));
  }

  private static List<Descriptor> children(Manifest index, List<Platform> platforms)
      throws IOException {
    var all = index.manifests();
    var wanted =
        platforms.isEmpty()
            ? all
            : all.stream()
                .filter(entry -> platforms.stream().anyMatch(one -> one.matches(entry)))
                .toList();
    if (wanted.isEmpty() && !all.isEmpty()) {
      throw new IOException(
          "there is no image for %s, only for %s"
              .formatted(
                  platforms.stream().map(Platform::toString).collect(Collectors.joining(" or ")),
                  all.stream()
                      .map(Platform::of)
                      .map(String::valueOf)
                      .distinct()
                      .collect(Collectors.joining(", "))));
    }
    return wanted;
  }

  private Document manifest(RepositoryName name, Reference reference)
      throws IOException, InterruptedException {
    var answer = registry.get(name, "manifests/" + reference);
    try (var body = answer.body()) {
      var bytes = body.readNBytes(Manifest.LARGEST + 1);
      if (reference instanceof Digest digest) {
        require(digest, Digest.of(digest.algorithm(), digest.hasher().digest(bytes)));
      }
      var type = answer.headers().firstValue("Content-Type").orElse(null);
      return new Document(Manifest.parse(bytes, type), isFetched(answer));
    } catch (RegistryException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  /** How many of them came from an upstream. */
  private int pull(RepositoryName name, Map<Digest, Descriptor> blobs)
      throws IOException, InterruptedException {
    var running = new ArrayList<Future<Boolean>>();
    for (var digest : blobs.keySet()) {
      Callable<Boolean> pull = () -> pull(name, digest);
      running.add(readers.submit(pull));
    }
    var fetched = 0;
    @Nullable Throwable failure = null;
    for (var one : running) {
      try {
        fetched += one.get() ? 1 : 0;
      } catch (ExecutionException e) {
        failure = failure == null ? e.getCause() : failure;
      }
    }
    if (failure != null) {
      throw failure instanceof IOException known ? known : new IOException(failure);
    }
    return fetched;
  }

  private boolean pull(RepositoryName name, Digest digest)
      throws IOException, InterruptedException {
    var answer = registry.get(name, "blobs/" + digest);
    var hash = digest.hasher();
    var chunk = new byte[CHUNK];
    try (var body = answer.body()) {
      for (var n = body.read(chunk); n >= 0; n = body.read(chunk)) {
        hash.update(chunk, 0, n);
        observer.pulled(here.addAndGet(n), all.get());
      }
    }
    require(digest, Digest.of(digest.algorithm(), hash.digest()));
    return isFetched(answer);
  }

  private static void require(Digest wanted, Digest actual) throws IOException {
    if (!actual.equals(wanted)) {
      throw new IOException(wanted + " arrived as " + actual);
    }
  }

  /** As {@code Cache-Status} says (RFC 9211). */
  private static boolean isFetched(HttpResponse<InputStream> answer) {
    return answer.headers().allValues("Cache-Status").stream()
        .anyMatch(status -> status.contains("fwd=") && !status.contains("fwd=stale"));
  }

  @Override
  public void close() {
    readers.shutdownNow();
    registry.close();
  }
}
