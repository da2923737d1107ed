package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.RegistryException;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** What an upstream says of a referrer, made to what may be said of one. */
final class ReferrerDescriptor {
  private ReferrerDescriptor() {}

  /** The descriptor, with nothing else in it; null if it is none. */
  static @Nullable JsonObject of(@Nullable Object item) {
    if (!(item instanceof JsonObject from)
        || !(from.getValue("mediaType") instanceof String mediaType)
        || !(from.getValue("digest") instanceof String digest)
        || !isDigest(digest)
        || !(from.getValue("size") instanceof Number size)
        || size.longValue() < 0) {
      return null;
    }
    var descriptor =
        new JsonObject()
            .put("mediaType", mediaType)
            .put("digest", digest)
            .put("size", size.longValue());
    if (from.getValue("artifactType") instanceof String type && !type.isEmpty()) {
      descriptor.put("artifactType", type);
    }
    if (from.getValue("annotations") instanceof JsonObject annotations) {
      var kept = new JsonObject();
      annotations.forEach(
          annotation -> {
            if (annotation.getValue() instanceof String text) {
              kept.put(annotation.getKey(), text);
            }
          });
      descriptor.put("annotations", kept);
    }
    return descriptor;
  }

  private static boolean isDigest(String text) {
    try {
      Digest.parse(text);
      return true;
    } catch (RegistryException e) {
      return false;
    }
  }
}
