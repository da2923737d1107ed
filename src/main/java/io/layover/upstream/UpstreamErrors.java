package io.layover.upstream;

import io.layover.oci.ErrorCode;
import io.layover.oci.Reference;
import io.layover.oci.RegistryException;
import io.layover.oci.RepositoryName;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client is told of an upstream's failure: enough to act on, and nothing of its insides. */
final class UpstreamErrors {
  private UpstreamErrors() {}

  /**
   * @param absent the code for what the upstream does not have
   */
  static RegistryException toClient(
      String upstream,
      RepositoryName name,
      @Nullable Reference reference,
      ErrorCode absent,
      UpstreamFailure failure) {
    var what = reference == null ? name.toString() : reference + " of " + name;
    return switch (failure.kind()) {
      case ABSENT ->
          new RegistryException(
              absent,
              "%s has no %s, or not for this cache".formatted(upstream, what),
              reference == null ? null : reference.toString(),
              failure);
      case LIMITED ->
          new RegistryException(
              ErrorCode.TOOMANYREQUESTS,
              upstream + " limits how much is pulled, and this is not in the cache",
              failure.retryAfter() == null ? null : Map.of("retryAfter", failure.retryAfter()),
              failure);
      case REFUSED ->
          new RegistryException(
              ErrorCode.UPSTREAM_FAILED,
              upstream + " does not accept the credentials of this cache",
              null,
              failure);
      case UNAVAILABLE ->
          new RegistryException(
              ErrorCode.UPSTREAM_FAILED,
              upstream + " cannot be reached, and this is not in the cache",
              null,
              failure);
      case BROKEN ->
          new RegistryException(
              ErrorCode.UPSTREAM_FAILED,
              upstream + " gave an answer that cannot be used",
              null,
              failure);
    };
  }
}
