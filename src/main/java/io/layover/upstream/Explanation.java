package io.layover.upstream;

import io.layover.oci.Digest;
import io.layover.oci.Reference;
import io.layover.oci.RepositoryName;
import io.layover.oci.Tag;
import io.layover.registry.ManifestContent;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * Says what would come of a pull, and why. Nobody is asked anything for it, and nothing secret is
 * in it.
 */
final class Explanation {
  private final Upstream upstream;
  private final Breaker breaker;
  private final Budget budget;
  private final Ageing ageing;
  private final ManifestCache manifests;
  private final TagCache tags;
  private final Plan.Maker plans;

  Explanation(
      UpstreamClient client, RemoteRegistry remote, ManifestCache manifests, TagCache tags) {
    this.upstream = client.upstream();
    this.breaker = client.breaker();
    this.budget = client.budget();
    this.ageing = client.ageing();
    this.manifests = manifests;
    this.tags = tags;
    this.plans = new Plan.Maker(client, remote);
  }

  Future<JsonObject> of(RepositoryName name, Reference reference) {
    return switch (reference) {
      case Tag tag ->
          tags.known(name, tag)
              .map(
                  known ->
                      document(
                          name,
                          plans.of(name, tag, known),
                          known == null ? absent() : cached(known)));
      case Digest digest ->
          manifests
              .stored(name, digest)
              .map(
                  known ->
                      document(
                          name,
                          plans.of(name, digest, known != null),
                          known == null ? absent() : cached(known, "fresh")));
    };
  }

  private JsonObject document(RepositoryName name, Plan plan, JsonObject cache) {
    var verdict = upstream.access().verdict(upstream.remote(name));
    var made = verdict.allowed() ? plan : plans.denied();
    return new JsonObject()
        .put("answer", made.answer())
        .put("requests", new JsonArray(made.requests()))
        .put("cache", cache)
        .put("upstream", upstream(name, verdict));
  }

  private static JsonObject absent() {
    return new JsonObject().put("state", "absent");
  }

  private static JsonObject cached(ManifestContent content, String state) {
    return new JsonObject()
        .put("state", state)
        .put("digest", content.digest().toString())
        .put("mediaType", content.mediaType())
        .put("size", content.size());
  }

  private JsonObject cached(KnownTag tag) {
    var state = ageing.isFreshEnough(tag) ? "fresh" : ageing.mayBeStale(tag) ? "stale" : "expired";
    return cached(tag.content(), state)
        .put("confirmed", text(tag.confirmed()))
        .put("ageSeconds", ageing.age(tag).toSeconds())
        .put("freshUntil", text(ageing.freshUntil(tag)))
        .put("staleUntil", text(ageing.staleUntil(tag)));
  }

  private static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private JsonObject upstream(RepositoryName name, Access.Verdict verdict) {
    return new JsonObject()
        .put("name", upstream.name())
        .put("url", upstream.base().toString())
        .put("repository", upstream.remote(name).value())
        .put("credential", upstream.credential())
        .put("allowed", verdict.allowed())
        .put("allowedBy", verdict.rule())
        .put("offline", upstream.offline())
        .put("breaker", breaker())
        .put("limit", limit());
  }

  private JsonObject breaker() {
    var rest = breaker.rest();
    var json = new JsonObject().put("state", breaker.state().name().toLowerCase(Locale.ROOT));
    return rest.isZero() ? json : json.put("retryInSeconds", seconds(rest));
  }

  private JsonObject limit() {
    var json = new JsonObject().put("level", budget.level().name().toLowerCase(Locale.ROOT));
    var known = budget.known();
    if (known != null) {
      json.put("limit", known.limit())
          .put("remaining", known.remaining())
          .put("windowSeconds", known.window().toSeconds())
          .put("reserved", budget.reserved(known));
    }
    for (var ask : Ask.values()) {
      var rest = budget.rest(ask);
      if (!rest.isZero()) {
        json.put(ask.label() + "RetryInSeconds", seconds(rest));
      }
    }
    return json;
  }

  private static long seconds(Duration rest) {
    return rest.plusMillis(999).toSeconds();
  }
}
