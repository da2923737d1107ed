package io.layover.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.layover.oci.Digest;
import io.layover.oci.Manifest;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.ManifestContent;
import io.layover.storage.Blob;

/**
 * The sizes of blobs as manifests give them. What a repository's manifests say counts for that
 * repository only: nobody can spoil a blob of another one by lying about it.
 */
final class KnownSizes {
  private static final int MANIFESTS = 5_000;
  private static final int BLOBS = 20_000;

  private final Cache<Key, Boolean> read =
      Caffeine.newBuilder().executor(Runnable::run).maximumSize(MANIFESTS).build();
  private final Cache<Key, Long> sizes = Caffeine.newBuilder().maximumSize(BLOBS).build();

  private record Key(RepositoryName name, Digest digest) {}

  /** Remembers what a manifest of a repository says. */
  void learn(RepositoryName name, Digest digest, Manifest manifest) {
    read.put(new Key(name, digest), true);
    manifest.blobs().forEach(blob -> sizes.put(new Key(name, blob.digest()), blob.size()));
  }

  /** The same for one that comes from the store; each is looked into once. */
  void learn(RepositoryName name, ManifestContent stored) {
    var body = stored.body();
    var key = new Key(name, stored.digest());
    if (body == null || read.getIfPresent(key) != null) {
      return;
    }
    try {
      learn(name, stored.digest(), Manifest.parse(body.getBytes(), null));
    } catch (RegistryException e) {
      // It is served as it was stored, whoever stored it; it just says nothing here.
      read.put(key, true);
    }
  }

  /** The size of a blob in a repository, or {@link Blob#UNKNOWN}. */
  long of(RepositoryName name, Digest digest) {
    var size = sizes.getIfPresent(new Key(name, digest));
    return size == null ? Blob.UNKNOWN : size;
  }
}
