package io.layover.registry;

import io.layover.oci.RepositoryName;
import org.jspecify.annotations.Nullable;

/** Which source answers for a repository that a client names. */
public interface Routing {
  /**
   * A source, and the name that the repository has in it.
   *
   * @param hosted true if images are pushed to this name here
   * @param rule a sentence that says why it is this source
   */
  record Target(Source source, RepositoryName name, boolean hosted, String rule) {}

  /**
   * The target of a name.
   *
   * @param namespace the upstream that the client says it wants, as containerd does with {@code
   *     ?ns=}
   * @throws io.layover.oci.RegistryException {@code NAME_UNKNOWN} if no source has such names
   */
  Target target(RepositoryName name, @Nullable String namespace);

  /** A sentence that says which names are open for push. */
  String pushRule();
}
