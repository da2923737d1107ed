package io.layover.registry;

import io.layover.storage.Blob;
import java.util.function.LongConsumer;

/**
 * A blob as it is answered, open for reading; whoever got it closes the blob.
 *
 * @param sent is told how many bytes of it a client was sent, if it got all that it asked for
 */
public record BlobContent(Blob blob, Outcome outcome, LongConsumer sent) {
  public BlobContent(Blob blob, Outcome outcome) {
    this(blob, outcome, bytes -> {});
  }
}
