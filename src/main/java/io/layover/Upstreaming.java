package io.layover;

import io.layover.config.Downloads;
import io.layover.config.NamePattern;
import io.layover.config.Proxy;
import io.layover.log.Reason;
import io.layover.oci.RepositoryName;
import io.layover.registry.LocalRegistry;
import io.layover.registry.Routing;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.layover.upstream.Access;
import io.layover.upstream.Fills;
import io.layover.upstream.Freshness;
import io.layover.upstream.Persistence;
import io.layover.upstream.PullThrough;
import io.layover.upstream.Upstream;
import io.layover.upstream.UpstreamClient;
import io.layover.upstream.Upstreams;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Puts together what is pulled through. */
final class Upstreaming {
  private static final Logger LOG = LoggerFactory.getLogger(Upstreaming.class);
  private static final long SWEEP_MILLIS = Duration.ofHours(1).toMillis();

  private Upstreaming() {}

  /**
   * What answers for every name, with a cache in front of each upstream.
   *
   * @param probe whether to look at once which upstreams can be reached, and to warn
   */
  static Routing routing(
      Vertx vertx,
      Proxy proxy,
      LocalRegistry local,
      Fills fills,
      MeterRegistry figures,
      boolean probe)
      throws StartException {
    var dialing = Dialing.by(vertx, System.getenv());
    var entries = new ArrayList<Upstreams.Entry>();
    for (var configured : proxy.upstreams()) {
      var upstream = upstream(configured, proxy.offline());
      var client = new UpstreamClient(upstream, dialing.dialer(configured), figures);
      entries.add(new Upstreams.Entry(upstream, new PullThrough(client, local, fills, figures)));
      if (probe) {
        // The state of a connection belongs to event loops.
        vertx.runOnContext(started -> warnIfUnreachable(client, configured.remoteurl().toString()));
      }
    }
    return new Upstreams(local, any(proxy.hosted()), pushRule(proxy.hosted()), entries);
  }

  /** The downloads of blobs, and the end of those that nobody goes on with. */
  static Fills fills(Vertx vertx, Disk disk, Stores stores, Downloads configured) {
    var resume = configured.resume();
    var fills =
        new Fills(
            stores.blobs(),
            disk,
            stores.parts(),
            new Fills.Rules(
                configured.rangegap(),
                configured.maxblobsize(),
                configured.partttl(),
                configured.cachewritetimeout(),
                new Persistence(resume.attempts(), resume.backoff(), resume.maxbackoff())));
    sweep(fills);
    vertx.setPeriodic(SWEEP_MILLIS, fired -> sweep(fills));
    return fills;
  }

  private static void sweep(Fills fills) {
    fills
        .sweep()
        .onFailure(e -> LOG.warn("unfinished downloads cannot be deleted: {}", Reason.of(e)));
  }

  static Upstream upstream(io.layover.config.Upstream configured, boolean offline) {
    var credentials = configured.credentials();
    return new Upstream(
        configured.name(),
        configured.remoteurl(),
        credentials == null
            ? null
            : new Upstream.Credentials(credentials.username(), credentials.password().reveal()),
        !configured.isDefault(),
        new Access(rules(configured.allow()), rules(configured.deny())),
        new Freshness(
            configured.freshness().tagttl(),
            configured.freshness().stalettl(),
            configured.freshness().answerwithin(),
            configured.freshness().negativettl(),
            configured.freshness().reserve()),
        offline);
  }

  private static List<Access.Rule> rules(List<NamePattern> patterns) {
    return patterns.stream()
        .map(pattern -> new Access.Rule(pattern.toString(), name -> pattern.matches(name.value())))
        .toList();
  }

  private static Predicate<RepositoryName> any(List<NamePattern> patterns) {
    return name -> {
      for (var pattern : patterns) {
        if (pattern.matches(name.value())) {
          return true;
        }
      }
      return false;
    };
  }

  private static String pushRule(List<NamePattern> hosted) {
    return hosted.isEmpty()
        ? "no name is open for push; proxy.hosted lists those that are"
        : "open for push: "
            + hosted.stream().map(NamePattern::toString).collect(Collectors.joining(", "));
  }

  private static void warnIfUnreachable(UpstreamClient client, String url) {
    client
        .ping()
        .onFailure(
            e ->
                LOG.warn(
                    "upstream {} cannot be reached now ({}); what is cached is served",
                    url,
                    Reason.of(e)));
  }
}
