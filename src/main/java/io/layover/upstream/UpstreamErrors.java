package io.layover.upstream;

import io.layover.oci.ErrorCode;
import io.layover.oci.Reference;
import io.layover.oci.RepositoryName;
import io.layover.registry.Outcome;
import io.layover.registry.PullFailure;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client is told of an upstream's failure: enough to act on, and nothing of its insides. */
final class UpstreamErrors {
  private UpstreamErrors() {}

  /**
   * @param absent the code for what the upstream does not have
   */
  static PullFailure toClient(
      String upstream,
      RepositoryName name,
      @Nullable Reference reference,
      ErrorCode absent,
      UpstreamFailure failure) {
    var what = reference == null ? name.toString() : reference + " of " + name;
    return switch (failure.kind()) {
      case ABSENT ->
          failure(
              upstream,
              absent,
              "%s has no %s, or not for this cache".formatted(upstream, what),
              reference == null ? null : reference.toString(),
              failure);
      case LIMITED ->
          failure(
              upstream,
              ErrorCode.TOOMANYREQUESTS,
              upstream + " limits how much is pulled, and " + cacheHas(failure),
              later(failure),
              failure);
      case REFUSED ->
          failure(
              upstream,
              ErrorCode.UPSTREAM_FAILED,
              upstream + " does not accept the credentials of this cache",
              null,
              failure);
      case UNAVAILABLE ->
          failure(
              upstream,
              failure.isLeftAlone() ? ErrorCode.UNAVAILABLE : ErrorCode.UPSTREAM_FAILED,
              upstream + " cannot be reached, and " + cacheHas(failure),
              later(failure),
              failure);
      case BROKEN ->
          failure(
              upstream,
              ErrorCode.UPSTREAM_FAILED,
              upstream + " gave an answer that cannot be used",
              null,
              failure);
    };
  }

  private static PullFailure failure(
      String upstream,
      ErrorCode code,
      String message,
      @Nullable Object detail,
      UpstreamFailure cause) {
    var outcome =
        cause.isRemembered()
            ? Outcome.of(Outcome.Kind.NEGATIVE, upstream).withDetail(cause.word())
            : Outcome.failed(upstream, cause.word(), cause.status(), cause.confirmed());
    return new PullFailure(code, message, detail, cause, outcome);
  }

  private static String cacheHas(UpstreamFailure failure) {
    var confirmed = failure.confirmed();
    return confirmed == null
        ? "this is not in the cache"
        : "what is in the cache is too old, of " + confirmed.truncatedTo(ChronoUnit.SECONDS);
  }

  private static @Nullable Object later(UpstreamFailure failure) {
    return failure.retryAfter() == null ? null : Map.of("retryAfter", failure.retryAfter());
  }
}
