package io.layover.oci;

import java.util.Locale;
import java.util.Set;

/** The media types of manifests. */
public final class MediaTypes {
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";

  /** What is not a manifest, or of unknown kind. */
  public static final String OCTET_STREAM = "application/octet-stream";

  /** What a client accepts that takes any manifest. */
  public static final String MANIFESTS =
      String.join(", ", OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST);

  private static final Set<String> IMAGES = Set.of(OCI_MANIFEST, DOCKER_MANIFEST);
  private static final Set<String> INDEXES = Set.of(OCI_INDEX, DOCKER_LIST);

  private MediaTypes() {}

  /** True for the manifest of one image or artifact. */
  public static boolean isImage(String mediaType) {
    return IMAGES.contains(mediaType);
  }

  /** True for a list of manifests. */
  public static boolean isIndex(String mediaType) {
    return INDEXES.contains(mediaType);
  }

  /** True for a type that Layover can store as a manifest. */
  public static boolean isManifest(String mediaType) {
    return isImage(mediaType) || isIndex(mediaType);
  }

  /** The type of a {@code Content-Type} header, without its parameters. */
  public static String essence(String contentType) {
    var end = contentType.indexOf(';');
    return (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }
}
