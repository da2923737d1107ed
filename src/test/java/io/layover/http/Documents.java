package io.layover.http;

import io.layover.oci.Digest;
import io.layover.oci.MediaTypes;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** Manifests as clients write them. */
final class Documents {
  static final String LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
  static final String CONFIG = "application/vnd.oci.image.config.v1+json";

  private Documents() {}

  static JsonObject descriptor(String mediaType, Digest digest, long size) {
    return new JsonObject()
        .put("mediaType", mediaType)
        .put("digest", digest.toString())
        .put("size", size);
  }

  static String image(Digest config, long configSize, Digest layer, long layerSize) {
    return imageObject(config, configSize, descriptor(LAYER, layer, layerSize)).encode();
  }

  static JsonObject imageObject(Digest config, long configSize, JsonObject... layers) {
    var list = new JsonArray();
    for (var layer : layers) {
      list.add(layer);
    }
    return new JsonObject()
        .put("schemaVersion", 2)
        .put("mediaType", MediaTypes.OCI_MANIFEST)
        .put("config", descriptor(CONFIG, config, configSize))
        .put("layers", list);
  }

  /** An artifact without layers whose only purpose is to refer to a subject. */
  static JsonObject artifact(String artifactType, Digest subject, String note) {
    return new JsonObject()
        .put("schemaVersion", 2)
        .put("mediaType", MediaTypes.OCI_MANIFEST)
        .put("artifactType", artifactType)
        .put("config", descriptor("application/vnd.oci.empty.v1+json", Digest.sha256("{}"), 2))
        .put("layers", new JsonArray())
        .put("subject", descriptor(MediaTypes.OCI_MANIFEST, subject, 1))
        .put("annotations", new JsonObject().put("note", note));
  }

  static JsonObject index(String mediaType, JsonObject... manifests) {
    var list = new JsonArray();
    for (var manifest : manifests) {
      list.add(manifest);
    }
    return new JsonObject()
        .put("schemaVersion", 2)
        .put("mediaType", mediaType)
        .put("manifests", list);
  }

  static JsonObject platform(JsonObject descriptor, String os, String architecture) {
    return descriptor.put(
        "platform", new JsonObject().put("os", os).put("architecture", architecture));
  }
}
