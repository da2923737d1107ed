package io.layover;

import io.layover.config.Config;
import io.layover.config.Http;
import io.layover.config.Validation;
import io.layover.eviction.Eviction;
import io.layover.health.Readiness;
import io.layover.http.Peers;
import io.layover.http.RequestMeters;
import io.layover.http.Routes;
import io.layover.log.Reason;
import io.layover.metrics.LoopLag;
import io.layover.notify.Receivers;
import io.layover.registry.Hosted;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.registry.UploadSessions;
import io.layover.storage.Waits;
import io.layover.watch.FileWatch;
import io.micrometer.core.instrument.Gauge;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running registry, made from a configuration: the one place where the parts are put together.
 */
public final class Server implements Running {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);

  private final Engine engine;
  private final FileWatch watch;
  private final Storing storage;
  private final @Nullable Eviction eviction;
  private final Securing securing;
  private final Receivers receivers;
  private final Listener listener;
  private final @Nullable DebugListener debug;
  private final Readiness readiness;
  private final Duration drainTimeout;

  private Server(
      Engine engine,
      FileWatch watch,
      Storing storage,
      @Nullable Eviction eviction,
      Securing securing,
      Receivers receivers,
      Listener listener,
      @Nullable DebugListener debug,
      Readiness readiness,
      Duration drainTimeout) {
    this.engine = engine;
    this.watch = watch;
    this.storage = storage;
    this.eviction = eviction;
    this.securing = securing;
    this.receivers = receivers;
    this.listener = listener;
    this.debug = debug;
    this.readiness = readiness;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts to serve; returns once the address answers.
   *
   * @throws StartException if the storage cannot be used or the address is taken
   */
  static Server start(Config config) throws StartException {
    return start(config, System.getenv());
  }

  /**
   * The same.
   *
   * @param environment says whether a collector is sent traces and figures
   */
  static Server start(Config config, Map<String, String> environment) throws StartException {
    var engine = Engine.start(environment);
    try {
      var server = start(engine, config);
      LOG.info("{}", server.describe(config));
      return server;
    } catch (StartException | RuntimeException e) {
      engine.close();
      throw e;
    }
  }

  private static Server start(Engine engine, Config config) throws StartException {
    var vertx = engine.vertx();
    var figures = engine.figures();
    var watch = new FileWatch();
    var storage = Storing.open(vertx, config, figures.registry());
    Purging.start(vertx, config.storage(), storage, figures.registry());
    var disk = storage.disk();
    var whole = storage.stores();
    var eviction = Evicting.start(vertx, disk, whole, config.proxy(), figures.registry());
    var stores = eviction == null ? whole : eviction.stores();
    var registry = Registry.over(stores, pushRules(config.validation()));
    Gauge.builder("layover.uploads.open", registry.uploads(), UploadSessions::open)
        .description("Uploads that clients began or went on with and have not ended.")
        .register(figures.registry());
    var routing =
        config.proxy() == null
            ? new Hosted(registry.local())
            : Upstreaming.routing(
                vertx,
                config.proxy(),
                registry.local(),
                Upstreaming.fills(vertx, disk, stores, config.proxy().downloads()),
                figures.registry(),
                true);
    var health = Checking.watch(vertx, config.health(), stores);
    var readiness = new Readiness(health, stores.probe());
    var securing = Securing.open(vertx, config, routing, watch, figures.registry());
    var receivers =
        Notifying.start(vertx, config.notifications(), config.http().addr(), figures.registry());
    var parts =
        new Routes.Parts(
            new RequestMeters(figures.registry()),
            receivers,
            health::isGood,
            routing,
            registry,
            config.storage().delete().enabled(),
            config.storage().maintenance().readonly().enabled(),
            config.tagsMaxTags(),
            config.catalogMaxEntries(),
            publicHost(config.http()),
            config.http().prefix(),
            config.http().headers(),
            uploadKey(config.http()),
            new Peers(config.http().trustedproxies()),
            securing.entrance(),
            securing.tokens());
    var address = config.http().addr();
    var host = address.isEveryInterface() ? "0.0.0.0" : address.host();
    try {
      var listener = Listener.start(vertx, host, address.port(), protocols(config, watch), parts);
      return new Server(
          engine,
          watch,
          storage,
          eviction,
          securing,
          receivers,
          listener,
          debug(vertx, config, new DebugListener.Parts(figures, health, readiness)),
          readiness,
          config.http().draintimeout());
    } catch (IOException e) {
      throw new StartException(
          "http.addr %s cannot be listened on: %s".formatted(address, Reason.of(e)), e);
    }
  }

  private static Listener.Protocols protocols(Config config, FileWatch watch)
      throws StartException {
    var http = config.http();
    var tls = http.tls();
    if (tls == null) {
      return new Listener.Protocols(http.h2c().enabled() && !http.http2().disabled(), null);
    }
    try {
      var rules = Encryption.Rules.of(tls, !http.http2().disabled());
      return new Listener.Protocols(
          false,
          new Encryption(watch, "http.tls", tls.certificate(), tls.key(), tls.clientcas(), rules));
    } catch (IllegalArgumentException e) {
      throw new StartException("http.tls cannot be used: " + e.getMessage(), e);
    }
  }

  private static @Nullable DebugListener debug(
      Vertx vertx, Config config, DebugListener.Parts parts) throws StartException {
    var address = config.http().debug().addr();
    var figures = parts.figures();
    if (address != null || figures.arePushed()) {
      figures.watchProcess();
      Waits.watch(figures.registry());
      LoopLag.watch(vertx, Runtime.getRuntime().availableProcessors(), figures.registry());
    }
    return address == null
        ? null
        : DebugListener.start(vertx, address, config.http().debug(), parts);
  }

  /** {@code http.host} without its path; nothing where clients find the way by themselves. */
  private static String publicHost(Http http) {
    var host = http.host();
    return host == null || http.relativeurls()
        ? ""
        : host.getScheme() + "://" + host.getRawAuthority();
  }

  private static @Nullable Key uploadKey(Http http) {
    var secret = http.secret();
    return secret == null || secret.reveal().isEmpty()
        ? null
        : new SecretKeySpec(secret.reveal().getBytes(StandardCharsets.UTF_8), "HmacSHA256");
  }

  private static PushRules pushRules(Validation validation) {
    var indexes = validation.manifests().indexes();
    var urls = validation.manifests().urls();
    return new PushRules(
        !validation.disabled(),
        child ->
            switch (indexes.platforms()) {
              case ALL -> true;
              case NONE -> false;
              case LIST ->
                  indexes.platformlist().stream()
                      .anyMatch(
                          listed ->
                              child.platform() != null
                                  && listed.os().equals(child.platform().get("os"))
                                  && listed
                                      .architecture()
                                      .equals(child.platform().get("architecture")));
            },
        url ->
            // As in distribution: without a list nothing is allowed, with denials alone the rest
            // is.
            (urls.allow().isEmpty()
                    ? !urls.deny().isEmpty()
                    : urls.allow().stream().anyMatch(pattern -> pattern.matches(url)))
                && urls.deny().stream().noneMatch(pattern -> pattern.matches(url)));
  }

  private String describe(Config config) {
    var mirrors =
        config.proxy() == null
            ? "a private registry"
            : config.proxy().upstreams().stream()
                .map(upstream -> upstream.remoteurl().toString())
                .collect(Collectors.joining(", ", "a mirror of ", ""));
    return "layover %s listens on %s as %s; storage %s, %s, %s transport"
        .formatted(
            Layover.Version.text(),
            listener.address(),
            mirrors,
            storage.description(),
            Securing.describe(config.auth()),
            engine.vertx().isNativeTransportEnabled() ? "native" : "NIO");
  }

  /** The port it listens on. */
  int port() {
    return listener.port();
  }

  /** The port that operators ask, or 0. */
  int debugPort() {
    return debug == null ? 0 : debug.port();
  }

  @Override
  public Duration drainTimeout() {
    return drainTimeout;
  }

  @Override
  public Future<Void> close() {
    readiness.stops();
    return listener
        .shutdown(drainTimeout)
        .eventually(receivers::close)
        .eventually(() -> debug == null ? Future.succeededFuture() : debug.close())
        .eventually(() -> eviction == null ? Future.succeededFuture() : eviction.close())
        .eventually(engine::close)
        .onComplete(
            done -> {
              securing.close();
              watch.close();
            });
  }
}
