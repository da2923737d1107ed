package io.layover.registry;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as it is answered.
 *
 * @param size in bytes
 * @param body the bytes as they were pushed; absent if only the head was asked for and no more is
 *     known
 */
public record ManifestContent(
    Digest digest, String mediaType, long size, @Nullable Buffer body, Outcome outcome) {

  public ManifestContent as(Outcome other) {
    return new ManifestContent(digest, mediaType, size, body, other);
  }
}
