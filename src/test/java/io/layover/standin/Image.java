package io.layover.standin;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;

/**
 * An image or an index of images: its manifest, the blobs that it refers to (config first, then the
 * layers in order) and, for an index, its images.
 */
public record Image(
    String mediaType, Buffer manifest, Map<Digest, Content> blobs, List<Image> children) {

  public Digest digest() {
    return Digest.sha256(manifest.getBytes());
  }

  public Digest config() {
    return blobs.keySet().iterator().next();
  }

  public List<Digest> layers() {
    return blobs.keySet().stream().skip(1).toList();
  }

  /** The only layer of a one-layer image, or the first. */
  public Digest layer() {
    return layers().getFirst();
  }

  /** The content of a blob of this image. */
  public Content blob(Digest digest) {
    var content = blobs.get(digest);
    if (content == null) {
      throw new IllegalArgumentException("no such blob in this image: " + digest);
    }
    return content;
  }

  /** The bytes that a pull of this image moves, each blob counted once. */
  public long size() {
    return manifest.length()
        + blobs.values().stream().mapToLong(Content::size).sum()
        + children.stream().mapToLong(Image::size).sum();
  }
}
