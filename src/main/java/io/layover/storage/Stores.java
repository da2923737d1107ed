package io.layover.storage;

import io.layover.oci.Digest;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * All that one storage consists of.
 *
 * @param fillFile where the bytes of a blob are kept while they come from an upstream
 * @param books the local file in which is kept what was used when; it may be lost
 */
public record Stores(
    BlobStore blobs,
    RepositoryStore repositories,
    UploadStore uploads,
    ReferrerStore referrers,
    Function<Digest, Path> fillFile,
    Path books) {}
