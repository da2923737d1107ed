package io.layover.upkeep;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;

/** A link from a repository to a blob. */
public record Link(RepositoryName name, Kind kind, Digest digest) {}
