package io.layover.warm;

import io.layover.oci.Reference;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;

/**
 * An image as it is written on a command line: {@code name}, {@code name:tag}, {@code name@digest}.
 */
public record ImageName(RepositoryName name, Reference reference) {
  private static final Tag LATEST = new Tag("latest");

  /**
   * Reads one. The digest decides where there is a tag, too.
   *
   * @throws io.layover.oci.RegistryException if it is none
   */
  public static ImageName parse(String text) {
    var at = text.indexOf('@');
    var tagged = at < 0 ? text : text.substring(0, at);
    var colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
    var name = RepositoryName.parse(colon < 0 ? tagged : tagged.substring(0, colon));
    if (at >= 0) {
      return new ImageName(name, Reference.parse(text.substring(at + 1)));
    }
    return new ImageName(name, colon < 0 ? LATEST : Tag.parse(tagged.substring(colon + 1)));
  }

  @Override
  public String toString() {
    return name + (reference instanceof Tag ? ":" : "@") + reference;
  }
}
