package io.layover.oci;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest says of a content it refers to.
 *
 * @param size in bytes
 * @param urls where a non-distributable layer is to be had; usually empty
 * @param platform the {@code platform} object of an index entry, as parsed JSON
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/descriptor.md">image-spec,
 *     Descriptors</a>
 */
public record Descriptor(
    String mediaType,
    Digest digest,
    long size,
    List<String> urls,
    @Nullable Map<String, Object> platform) {

  /** True for a layer whose bytes need not be in the registry. */
  public boolean isForeign() {
    return !urls.isEmpty()
        || mediaType.contains(".nondistributable.")
        || mediaType.equals("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
  }
}
