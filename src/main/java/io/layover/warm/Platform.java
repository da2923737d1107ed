package io.layover.warm;

import io.layover.oci.Descriptor;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an image runs on.
 *
 * @param variant of the processor, such as {@code v7}; null: any
 * @see <a href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">image-spec,
 *     Image Index</a>
 */
public record Platform(String os, String architecture, @Nullable String variant) {
  private static final Pattern FORM = Pattern.compile("([a-z0-9]+)/([a-z0-9]+)(?:/([a-z0-9.]+))?");

  /**
   * Reads {@code os/architecture} or {@code os/architecture/variant}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Platform parse(String text) {
    var parts = FORM.matcher(text);
    if (!parts.matches()) {
      throw new IllegalArgumentException("a platform is os/arch, such as linux/arm64");
    }
    return new Platform(parts.group(1), parts.group(2), parts.group(3));
  }

  /** That of this machine, where containers are concerned. */
  public static Platform here() {
    var architecture = System.getProperty("os.arch");
    return new Platform("linux", architecture.equals("aarch64") ? "arm64" : architecture, null);
  }

  /** The platform of an index entry; null if that does not say. */
  static @Nullable Platform of(Descriptor entry) {
    var said = entry.platform();
    return said == null
        ? null
        : new Platform(
            text(said, "os"),
            text(said, "architecture"),
            said.get("variant") instanceof String variant ? variant : null);
  }

  private static String text(Map<String, Object> said, String key) {
    return String.valueOf(said.get(key));
  }

  /** Whether an index entry is for this. */
  boolean matches(Descriptor entry) {
    var other = of(entry);
    return other != null
        && other.os.equals(os)
        && other.architecture.equals(architecture)
        && (variant == null || Objects.equals(variant, other.variant));
  }

  @Override
  public String toString() {
    return os + "/" + architecture + (variant == null ? "" : "/" + variant);
  }
}
