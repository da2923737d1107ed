package io.layover.registry;

import io.layover.oci.Descriptor;
import io.layover.oci.Digest;
import java.net.URI;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a pushed manifest must fulfil beyond being well formed.
 *
 * @param contentRequired false lets manifests in whose content is missing (sparse ones)
 * @param childRequired which images of an index must be there already
 * @param urlAllowed from where the layers that are not stored here may be had
 */
public record PushRules(
    boolean contentRequired, Predicate<Descriptor> childRequired, Predicate<String> urlAllowed) {

  /** True if the content of {@code blob} must be in the repository. */
  boolean requires(Descriptor blob) {
    return contentRequired && blob.urls().isEmpty();
  }

  /** True if the manifest that {@code child} describes must be in the repository. */
  boolean requiresChild(Descriptor child) {
    return contentRequired && childRequired.test(child);
  }

  /** A URL of {@code blob} that must not be referred to, or null. */
  @Nullable String forbiddenUrl(Descriptor blob) {
    if (!contentRequired) {
      return null;
    }
    return blob.urls().stream()
        .filter(url -> !isWebAddress(url) || !urlAllowed.test(url))
        .findFirst()
        .orElse(null);
  }

  private static boolean isWebAddress(String url) {
    try {
      var uri = URI.create(url);
      return List.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getFragment() == null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** What is wrong with a manifest's references, by what is missing. */
  static String missing(Object name, List<Digest> missing) {
    return "the manifest refers to content that was not pushed to %s: %s"
        .formatted(name, String.join(", ", missing.stream().map(Digest::toString).toList()));
  }
}
