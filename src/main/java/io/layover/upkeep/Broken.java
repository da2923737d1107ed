package io.layover.upkeep;

import io.layover.oci.Digest;
import io.layover.oci.RepositoryName;
import java.util.List;

/**
 * A blob that is not what it is called.
 *
 * @param size in bytes
 * @param actual the digest that it has
 * @param links from every repository that has it
 */
public record Broken(Digest digest, long size, Digest actual, List<Link> links) {
  /** The repositories, in the order of their names. */
  public List<String> names() {
    return links.stream().map(Link::name).map(RepositoryName::value).distinct().sorted().toList();
  }
}
