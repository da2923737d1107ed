package io.layover.oci;

/** What a manifest is asked for by: a {@link Tag} or a {@link Digest}. */
public sealed interface Reference permits Tag, Digest {
  /**
   * Reads a reference. No tag contains a colon, so a text with one is a digest.
   *
   * @throws RegistryException {@code TAG_INVALID} or {@code DIGEST_INVALID}
   */
  static Reference parse(String text) {
    return text.indexOf(':') >= 0 ? Digest.parse(text) : Tag.parse(text);
  }
}
