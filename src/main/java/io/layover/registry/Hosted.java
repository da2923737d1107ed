package io.layover.registry;

import io.layover.oci.RepositoryName;
import org.jspecify.annotations.Nullable;

/** The routing of a plain registry: every name is pushed and pulled here. */
public record Hosted(Source local) implements Routing {
  @Override
  public Target target(RepositoryName name, @Nullable String namespace) {
    return new Target(local, name, true, "every name is hosted, as there is no upstream");
  }

  @Override
  public String pushRule() {
    return "every name is open for push";
  }
}
