package io.layover.oci;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A manifest as far as a registry must understand it.
 *
 * @param mediaType one of {@link MediaTypes}
 * @param config of an image manifest
 * @param layers of an image manifest
 * @param manifests of an index
 * @param subject the manifest that this one refers to
 * @param artifactType as written, absent if not
 * @param annotations the manifest's own
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/manifest.md">image-spec,
 *     Image Manifest</a>
 */
public record Manifest(
    String mediaType,
    @Nullable Descriptor config,
    List<Descriptor> layers,
    List<Descriptor> manifests,
    @Nullable Descriptor subject,
    @Nullable String artifactType,
    Map<String, Object> annotations) {

  /** The largest manifest accepted: 4 MiB, which the specification asks registries to take. */
  public static final int LARGEST = 4 << 20;

  /** What an image manifest's content consists of: its config and its layers. */
  public List<Descriptor> blobs() {
    return config == null ? layers : Stream.concat(Stream.of(config), layers.stream()).toList();
  }

  /**
   * Reads a manifest.
   *
   * @param contentType the type it was sent with, without parameters; absent when it comes from
   *     storage, where the content tells
   * @throws RegistryException {@code MANIFEST_INVALID} with a sentence that says what is wrong
   */
  public static Manifest parse(byte[] bytes, @Nullable String contentType) {
    Map<String, Object> json;
    try {
      json = Json.object(bytes);
    } catch (IOException e) {
      throw invalid("the manifest is not valid JSON: " + firstLine(e));
    }
    var version = json.get("schemaVersion") instanceof Number number ? number.doubleValue() : 0;
    if (version == 1) {
      throw invalid("schema 1 manifests are no longer served; push with a newer client");
    }
    if (version != 2) {
      throw invalid("schemaVersion must be 2");
    }
    var mediaType = mediaType(json, contentType);
    var index = MediaTypes.isIndex(mediaType);
    if (index && (json.containsKey("layers") || json.containsKey("config"))) {
      throw invalid("an index must not have config or layers");
    }
    if (!index && json.containsKey("manifests")) {
      throw invalid("an image manifest must not have manifests");
    }
    var fields = new Fields(json);
    var config = index ? null : fields.descriptor("config");
    if (!index && config == null) {
      throw invalid("an image manifest must have a config");
    }
    return new Manifest(
        mediaType,
        config,
        index ? List.of() : fields.descriptors("layers"),
        index ? fields.descriptors("manifests") : List.of(),
        fields.descriptor("subject"),
        fields.string("artifactType"),
        fields.object("annotations"));
  }

  /**
   * The type that the content tells, which is all there is when it is read from storage. The type
   * it was sent with can only agree: Docker's own types must therefore be written in the manifest.
   */
  private static String mediaType(Map<String, Object> json, @Nullable String contentType) {
    var written = json.get("mediaType");
    if (written != null && !(written instanceof String)) {
      throw invalid("mediaType must be a string");
    }
    var type =
        written instanceof String text
            ? text
            : json.containsKey("manifests") ? MediaTypes.OCI_INDEX : MediaTypes.OCI_MANIFEST;
    if (!MediaTypes.isManifest(type)) {
      throw invalid("the media type " + Excerpt.of(type) + " is not one of a manifest");
    }
    if (contentType != null && !contentType.equals(type)) {
      throw invalid(
          "the manifest is by its content " + type + " but was sent as " + Excerpt.of(contentType));
    }
    return type;
  }

  private static String firstLine(IOException e) {
    return Excerpt.of(String.valueOf(e.getMessage()).lines().findFirst().orElse("unreadable"));
  }

  private static RegistryException invalid(String why) {
    return new RegistryException(ErrorCode.MANIFEST_INVALID, why);
  }

  /** Typed access to the fields of one JSON object. */
  private record Fields(Map<String, Object> json) {
    @Nullable String string(String key) {
      return switch (json.get(key)) {
        case null -> null;
        case String text -> text;
        default -> throw invalid(key + " must be a string");
      };
    }

    Map<String, Object> object(String key) {
      var value = json.get(key);
      return value == null ? Map.of() : asObject(value, key);
    }

    @Nullable Descriptor descriptor(String key) {
      var value = json.get(key);
      return value == null ? null : new Fields(asObject(value, key)).toDescriptor(key);
    }

    List<Descriptor> descriptors(String key) {
      var value = json.get(key);
      if (value == null) {
        return List.of();
      }
      if (!(value instanceof List<?> list)) {
        throw invalid(key + " must be a list");
      }
      var descriptors = new ArrayList<Descriptor>(list.size());
      for (var item : list) {
        var place = key + "[" + descriptors.size() + "]";
        descriptors.add(new Fields(asObject(item, place)).toDescriptor(place));
      }
      return List.copyOf(descriptors);
    }

    private Descriptor toDescriptor(String place) {
      var type = string("mediaType");
      var digest = string("digest");
      if (type == null || digest == null) {
        throw invalid(place + " must have a mediaType and a digest");
      }
      if (!(json.get("size") instanceof Number size)
          || size.longValue() < 0
          || size.doubleValue() != size.longValue()) {
        throw invalid(place + ".size must be a number of bytes");
      }
      Digest parsed;
      try {
        parsed = Digest.parse(digest);
      } catch (RegistryException e) {
        throw invalid(place + ".digest: " + e.getMessage());
      }
      return new Descriptor(
          type,
          parsed,
          size.longValue(),
          urls(place),
          json.containsKey("platform") ? object("platform") : null);
    }

    private List<String> urls(String place) {
      return switch (json.get("urls")) {
        case null -> List.of();
        case List<?> list when list.stream().allMatch(String.class::isInstance) ->
            list.stream().map(String.class::cast).toList();
        default -> throw invalid(place + ".urls must be a list of strings");
      };
    }

    @SuppressWarnings("unchecked") // Json makes no other maps
    private static Map<String, Object> asObject(Object value, String place) {
      if (value instanceof Map<?, ?> map) {
        return (Map<String, Object>) map;
      }
      throw invalid(place + " must be an object");
    }
  }
}
