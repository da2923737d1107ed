package io.layover.standin;

import io.layover.oci.Digest;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;

/** Makes valid images of random layers; the same arguments make the same image. */
public final class Images {
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

  private static final List<String> PLATFORMS =
      List.of("amd64", "arm64", "arm/v7", "ppc64le", "s390x", "riscv64", "386");

  private Images() {}

  /** A small OCI image: a config and one layer of 4000 bytes. */
  public static Image tiny(long seed) {
    return oci(seed, 1, 4000);
  }

  /** An OCI image of {@code layers} layers, each of {@code layerSize} bytes. */
  public static Image oci(long seed, int layers, long layerSize) {
    return image(OCI_MANIFEST, OCI_CONFIG, OCI_LAYER, "amd64", seed, layers, layerSize);
  }

  /** The same with Docker's media types. */
  public static Image docker(long seed, int layers, long layerSize) {
    return image(DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER, "amd64", seed, layers, layerSize);
  }

  /** An OCI index of {@code platforms} (at most seven) one-layer images; the first is for amd64. */
  public static Image index(long seed, int platforms, long layerSize) {
    var children =
        PLATFORMS.subList(0, platforms).stream()
            .map(p -> image(OCI_MANIFEST, OCI_CONFIG, OCI_LAYER, p, seed, 1, layerSize))
            .toArray(Image[]::new);
    return index(OCI_INDEX, children);
  }

  /** A Docker manifest list of {@code platforms} (at most seven) one-layer images. */
  public static Image manifestList(long seed, int platforms, long layerSize) {
    var children =
        PLATFORMS.subList(0, platforms).stream()
            .map(p -> image(DOCKER_MANIFEST, DOCKER_CONFIG, DOCKER_LAYER, p, seed, 1, layerSize))
            .toArray(Image[]::new);
    return index(DOCKER_LIST, children);
  }

  private static Image index(String mediaType, Image... children) {
    var manifests = new JsonArray();
    for (int i = 0; i < children.length; i++) {
      var child = children[i];
      manifests.add(
          new JsonObject()
              .put("mediaType", child.mediaType())
              .put("digest", child.digest().toString())
              .put("size", child.manifest().length())
              .put("platform", platform(PLATFORMS.get(i))));
    }
    var manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", mediaType)
            .put("manifests", manifests);
    return new Image(
        mediaType, manifest.toBuffer(), new LinkedHashMap<>(), Arrays.asList(children));
  }

  private static Image image(
      String manifestType,
      String configType,
      String layerType,
      String platform,
      long seed,
      int layers,
      long layerSize) {
    var blobs = new LinkedHashMap<Digest, Content>();
    var layerList = new JsonArray();
    var diffs = new JsonArray();
    var contents = new LinkedHashMap<Digest, Content>();
    for (int i = 0; i < layers; i++) {
      var layer = Content.layer(seed * 1000 + i + 31L * platform.hashCode(), layerSize);
      contents.put(layer.digest(), layer);
      layerList.add(descriptor(layerType, layer));
      diffs.add(layer.digest().toString());
    }
    var config =
        Content.of(
            platform(platform)
                .put("config", new JsonObject().put("Cmd", new JsonArray().add("/bin/sh")))
                .put("rootfs", new JsonObject().put("type", "layers").put("diff_ids", diffs))
                .toBuffer());
    blobs.put(config.digest(), config);
    blobs.putAll(contents);
    Buffer manifest =
        new JsonObject()
            .put("schemaVersion", 2)
            .put("mediaType", manifestType)
            .put("config", descriptor(configType, config))
            .put("layers", layerList)
            .toBuffer();
    return new Image(manifestType, manifest, blobs, List.of());
  }

  /** An OCI manifest of a config and one layer that are stored already. */
  public static byte[] manifest(Digest config, long configSize, Digest layer, long layerSize) {
    return new JsonObject()
        .put("schemaVersion", 2)
        .put("mediaType", OCI_MANIFEST)
        .put("config", descriptor(OCI_CONFIG, config, configSize))
        .put("layers", new JsonArray().add(descriptor(OCI_LAYER, layer, layerSize)))
        .toBuffer()
        .getBytes();
  }

  private static JsonObject platform(String name) {
    var parts = name.split("/", -1);
    var platform = new JsonObject().put("architecture", parts[0]).put("os", "linux");
    return parts.length > 1 ? platform.put("variant", parts[1]) : platform;
  }

  private static JsonObject descriptor(String mediaType, Content content) {
    return descriptor(mediaType, content.digest(), content.size());
  }

  private static JsonObject descriptor(String mediaType, Digest digest, long size) {
    return new JsonObject()
        .put("mediaType", mediaType)
        .put("digest", digest.toString())
        .put("size", size);
  }
}
