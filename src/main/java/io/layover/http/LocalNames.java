package io.layover.http;

import io.layover.auth.Scope;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import io.layover.registry.Routing;

/**
 * The names that repositories have here. A client asks for a token by the name that it pulls by,
 * such as {@code alpine}; rules, and the registry that reads the token, know the one name here.
 *
 * @param service the registry's own; what is asked for another one keeps its name
 */
public record LocalNames(Routing routing, String service) {

  Scope of(Scope asked, String askedService) {
    if (!service.equals(askedService)
        || !asked.type().equals(Scope.REPOSITORY)
        || !RepositoryName.isValid(asked.name())) {
      return asked;
    }
    try {
      var name = routing.target(new RepositoryName(asked.name()), null).name();
      return new Scope(asked.type(), name.value(), asked.actions());
    } catch (RegistryException e) {
      // No source has it, and the registry asks for it by the name that the client used.
      return asked;
    }
  }
}
