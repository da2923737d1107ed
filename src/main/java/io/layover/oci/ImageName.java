package io.layover.oci;

/**
 * An image as people write it: {@code alpine}, {@code ghcr.io/org/app:1.2}, {@code
 * alpine@sha256:9f86…}. The host, where there is one, is the first part of the name.
 */
public record ImageName(RepositoryName name, Reference reference) {
  private static final Tag LATEST = new Tag("latest");

  /**
   * Reads a name. What has a digest may have a tag as well, which then means nothing.
   *
   * @throws RegistryException {@code NAME_INVALID}, {@code TAG_INVALID} or {@code DIGEST_INVALID}
   */
  public static ImageName parse(String text) {
    var at = text.indexOf('@');
    var tagged = at < 0 ? text : text.substring(0, at);
    var colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
    var name = RepositoryName.parse(colon < 0 ? tagged : tagged.substring(0, colon));
    if (at >= 0) {
      return new ImageName(name, Digest.parse(text.substring(at + 1)));
    }
    return new ImageName(name, colon < 0 ? LATEST : Tag.parse(tagged.substring(colon + 1)));
  }

  @Override
  public String toString() {
    return name + (reference instanceof Tag ? ":" : "@") + reference;
  }
}
