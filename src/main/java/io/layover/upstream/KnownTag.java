package io.layover.upstream;

import io.layover.registry.ManifestContent;
import java.time.Instant;

/** A tag as it is in the cache, and when the upstream last confirmed that it is so. */
record KnownTag(ManifestContent content, Instant confirmed) {}
