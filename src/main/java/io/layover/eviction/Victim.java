package io.layover.eviction;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import io.layover.storage.RepositoryStore.Kind;

/**
 * A link that is to go.
 *
 * @param link its slot
 * @param last true if nothing else links to the blob, which goes with it
 * @param size of the blob if that goes and is stored, else 0
 */
record Victim(
    int link,
    RepositoryName name,
    Kind kind,
    Digest digest,
    boolean last,
    long size,
    Cause cause) {}
