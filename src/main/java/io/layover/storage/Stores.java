package io.layover.storage;

import java.nio.file.Path;

/**
 * All that one storage consists of.
 *
 * @param parts where the bytes of blobs are kept while they come from an upstream
 * @param books the local file in which is kept what was used when; it may be lost
 */
public record Stores(
    BlobStore blobs,
    RepositoryStore repositories,
    UploadStore uploads,
    ReferrerStore referrers,
    PartFiles parts,
    Path books) {}
