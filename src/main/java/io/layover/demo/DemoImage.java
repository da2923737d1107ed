package io.layover.demo;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A generated image: layers of random bytes, a config, a manifest.
 *
 * @param blobs the config first, then the layers
 */
record DemoImage(String name, Buffer manifest, List<Buffer> blobs) {

  /** An image of {@code layers} layers, each of {@code size} bytes. */
  static DemoImage generate(String name, int layers, int size) {
    var random = new SplittableRandom(layers * 31L + size);
    var blobs = new ArrayList<Buffer>();
    var described = new JsonArray();
    for (var i = 0; i < layers; i++) {
      var bytes = new byte[size];
      random.nextBytes(bytes);
      var layer = Buffer.buffer(bytes);
      blobs.add(layer);
      described.add(descriptor("application/vnd.oci.image.layer.v1.tar", layer));
    }
    var config =
        new JsonObject()
            .put("architecture", "amd64")
            .put("os", "linux")
            .put("rootfs", new JsonObject().put("type", "layers").put("diff_ids", new JsonArray()))
            .toBuffer();
    blobs.addFirst(config);
    var manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", MediaTypes.OCI_MANIFEST)
            .put("config", descriptor("application/vnd.oci.image.config.v1+json", config))
            .put("layers", described);
    return new DemoImage(name, manifest.toBuffer(), List.copyOf(blobs));
  }

  private static JsonObject descriptor(String mediaType, Buffer content) {
    return new JsonObject()
        .put("mediaType", mediaType)
        .put("digest", Digest.sha256(content.getBytes()).toString())
        .put("size", content.length());
  }

  /** The bytes that a pull moves. */
  long size() {
    return manifest.length() + blobs.stream().mapToLong(Buffer::length).sum();
  }
}
