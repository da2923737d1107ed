package io.layover.registry;

import io.layover.storage.Blob;

/** A blob as it is answered, open for reading; whoever got it closes the blob. */
public record BlobContent(Blob blob, Outcome outcome) {}
