package io.layover.storage;

import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * All that one storage consists of.
 *
 * @param parts where the bytes of blobs are kept while they come from an upstream
 * @param books the local file in which is kept what was used when; it may be lost
 * @param probe fails if the storage cannot be reached now, and asks it each time
 * @param leases what is done by one of those who share the storage, by a name for it
 */
public record Stores(
    BlobStore blobs,
    RepositoryStore repositories,
    UploadStore uploads,
    ReferrerStore referrers,
    PartFiles parts,
    Path books,
    Supplier<Future<Void>> probe,
    Function<String, Lease> leases) {
  /** The same with other blobs. */
  public Stores with(BlobStore others) {
    return new Stores(others, repositories, uploads, referrers, parts, books, probe, leases);
  }

  /** The same with other links. */
  public Stores with(RepositoryStore others) {
    return new Stores(blobs, others, uploads, referrers, parts, books, probe, leases);
  }
}
