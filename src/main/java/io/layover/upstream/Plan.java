package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.ErrorCode;
import io.layover.oci.Reference;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.vertx.core.http.HttpMethod;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pull would be answered as things are, in words, and what the upstream would be asked
 * before.
 */
record Plan(String answer, List<String> requests) {
  private static Plan unasked(String answer) {
    return new Plan(answer, List.of());
  }

  /** Knows how pulls are answered, and does nothing of it. */
  static final class Maker {
    private final Upstream upstream;
    private final RemoteRegistry remote;
    private final Guard guard;
    private final Budget budget;
    private final Ageing ageing;

    Maker(UpstreamClient client, RemoteRegistry remote) {
      this.upstream = client.upstream();
      this.remote = remote;
      this.guard = client.guard();
      this.budget = client.budget();
      this.ageing = client.ageing();
    }

    /** The plan for a tag. */
    Plan of(RepositoryName name, Tag tag, @Nullable KnownTag known) {
      if (known != null && ageing.isFresh(known)) {
        return unasked("the cached one, as it is fresh");
      }
      if (known != null && ageing.isFreshEnough(known)) {
        return unasked("the cached one, as few pulls are left and tags are asked for less often");
      }
      var reason = notAsked(name, tag, HttpMethod.HEAD);
      if (reason == null) {
        return known == null ? fetch(name, tag) : check(name, tag, known);
      }
      if (known == null || reason.kind() == UpstreamFailure.Kind.ABSENT) {
        return refused(name, tag, reason);
      }
      return ageing.mayBeStale(known)
          ? unasked("the cached one, though it may be out of date: " + reason.getMessage())
          : refused(name, tag, reason.beyond(known.confirmed()));
    }

    /** The plan for a digest. */
    Plan of(RepositoryName name, Digest digest, boolean cached) {
      if (cached) {
        return unasked("the cached one, as a digest names the same for ever");
      }
      var reason = notAsked(name, digest, HttpMethod.GET);
      return reason == null
          ? new Plan(
              "what the upstream gives, which is then cached",
              List.of(request(HttpMethod.GET, name, digest.toString())))
          : refused(name, digest, reason);
    }

    /** The plan for what the configuration denies. */
    Plan denied() {
      return unasked("404, as the configuration does not allow it");
    }

    private @Nullable UpstreamFailure notAsked(
        RepositoryName name, Reference reference, HttpMethod method) {
      var path = "manifests/" + reference;
      var absent = remote.knownAbsence(method, name, path);
      return absent == null ? guard.withheld(Ask.of(method, path)) : absent;
    }

    private Plan fetch(RepositoryName name, Tag tag) {
      var limited = guard.withheld(Ask.PULL);
      var head = request(HttpMethod.HEAD, name, tag.value());
      return limited == null
          ? new Plan(
              "what the upstream gives, which is then cached",
              List.of(head, request(HttpMethod.GET, name, "<the digest that it says>")))
          : new Plan(refused(name, tag, limited).answer, List.of(head));
    }

    private Plan check(RepositoryName name, Tag tag, KnownTag known) {
      var stale = ageing.mayBeStale(known);
      var answer = new StringBuilder("the cached one if the upstream confirms it");
      if (stale) {
        answer
            .append(", fails, or takes longer than ")
            .append(Patience.text(upstream.freshness().answerWithin()));
      }
      answer.append("; ");
      if (stale && budget.level() == Budget.Level.RESERVE) {
        answer.append("a newer one is not fetched, as the last pulls are kept for what is missing");
      } else {
        answer.append("a newer one is fetched");
      }
      if (!stale) {
        answer.append("; if asking fails that is told, as the cached one is too old");
      }
      return new Plan(answer.toString(), List.of(request(HttpMethod.HEAD, name, tag.value())));
    }

    private Plan refused(RepositoryName name, Reference reference, UpstreamFailure reason) {
      var error =
          UpstreamErrors.toClient(
              upstream.name(), name, reference, ErrorCode.MANIFEST_UNKNOWN, reason);
      return unasked(
          "%d, as %s; %s"
              .formatted(error.code().status(), error.getMessage(), reason.getMessage()));
    }

    private String request(HttpMethod method, RepositoryName name, String reference) {
      return "%s %s/v2/%s/manifests/%s"
          .formatted(method, upstream.base(), upstream.remote(name), reference);
    }
  }
}
