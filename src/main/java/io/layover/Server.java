package io.layover;

import io.layover.config.Config;
import io.layover.config.Http;
import io.layover.config.NamePattern;
import io.layover.config.Proxy;
import io.layover.config.Storage;
import io.layover.config.Validation;
import io.layover.http.Routes;
import io.layover.log.Reason;
import io.layover.metrics.Figures;
import io.layover.oci.RepositoryName;
import io.layover.registry.Hosted;
import io.layover.registry.LocalRegistry;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.registry.Routing;
import io.layover.storage.Disk;
import io.layover.storage.Stores;
import io.layover.storage.filesystem.FileStores;
import io.layover.upstream.Access;
import io.layover.upstream.Fills;
import io.layover.upstream.Freshness;
import io.layover.upstream.PullThrough;
import io.layover.upstream.Upstream;
import io.layover.upstream.UpstreamClient;
import io.layover.upstream.Upstreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.PoolOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running registry, made from a configuration: the one place where the parts are put together.
 */
public final class Server {
  private static final Logger LOG = LoggerFactory.getLogger(Server.class);
  private static final int CHUNK = 128 << 10;
  private static final int CONNECTIONS = 64;
  private static final int WAITING = 10_000;

  private final Vertx vertx;
  private final Figures figures;
  private final Listener listener;
  private final @Nullable DebugListener debug;
  private final Duration drainTimeout;

  private Server(
      Vertx vertx,
      Figures figures,
      Listener listener,
      @Nullable DebugListener debug,
      Duration drainTimeout) {
    this.vertx = vertx;
    this.figures = figures;
    this.listener = listener;
    this.debug = debug;
    this.drainTimeout = drainTimeout;
  }

  /**
   * Starts to serve; returns once the address answers.
   *
   * @throws StartException if the storage cannot be used or the address is taken
   */
  static Server start(Config config) throws StartException {
    var vertx = vertx();
    try {
      var server = start(vertx, config);
      LOG.info("{}", server.describe(config));
      return server;
    } catch (StartException e) {
      vertx.close();
      throw e;
    }
  }

  private static Vertx vertx() {
    return Vertx.vertx(
        new VertxOptions()
            .setPreferNativeTransport(true)
            .setEventLoopPoolSize(Runtime.getRuntime().availableProcessors())
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setFileCachingEnabled(false)
                    .setClassPathResolvingEnabled(false)));
  }

  private static Server start(Vertx vertx, Config config) throws StartException {
    var figures = new Figures();
    // The reader lets no other driver through yet.
    var storage = (Storage.Filesystem) config.storage().driver();
    var disk = new Disk(vertx, storage.maxthreads());
    Stores stores;
    try {
      stores = FileStores.open(storage.rootdirectory(), disk);
    } catch (IOException e) {
      throw new StartException(
          "storage.filesystem.rootdirectory %s cannot be used: %s"
              .formatted(storage.rootdirectory(), Reason.of(e)),
          e);
    }
    var registry = Registry.over(stores, pushRules(config.validation()));
    var routing =
        config.proxy() == null
            ? new Hosted(registry.local())
            : routing(
                vertx,
                config.proxy(),
                registry.local(),
                new Fills(stores.blobs(), disk, stores.fillFile()));
    var parts =
        new Routes.Parts(
            routing,
            registry,
            config.storage().delete().enabled(),
            config.storage().maintenance().readonly().enabled(),
            config.tagsMaxTags(),
            config.catalogMaxEntries(),
            publicHost(config.http()),
            config.http().prefix(),
            config.http().headers(),
            uploadKey(config.http()));
    var address = config.http().addr();
    var host = address.isEveryInterface() ? "0.0.0.0" : address.host();
    try {
      var listener = Listener.start(vertx, host, address.port(), parts);
      return new Server(
          vertx, figures, listener, debug(vertx, config, figures), config.http().draintimeout());
    } catch (IOException e) {
      throw new StartException(
          "http.addr %s cannot be listened on: %s".formatted(address, Reason.of(e)), e);
    }
  }

  private static @Nullable DebugListener debug(Vertx vertx, Config config, Figures figures)
      throws StartException {
    var debug = config.http().debug();
    if (debug.addr() == null) {
      return null;
    }
    figures.watchProcess();
    return DebugListener.start(vertx, debug.addr(), debug, figures);
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

  private static Routing routing(Vertx vertx, Proxy proxy, LocalRegistry local, Fills fills) {
    var entries = new ArrayList<Upstreams.Entry>();
    for (var configured : proxy.upstreams()) {
      var upstream = upstream(configured, proxy.offline());
      var client = new UpstreamClient(upstream, httpClient(vertx));
      entries.add(new Upstreams.Entry(upstream, new PullThrough(client, local, fills)));
      warnIfUnreachable(client, configured.remoteurl().toString());
    }
    return new Upstreams(local, any(proxy.hosted()), pushRule(proxy.hosted()), entries);
  }

  private static io.vertx.core.http.HttpClient httpClient(Vertx vertx) {
    return vertx.createHttpClient(
        new HttpClientOptions()
            .setMaxChunkSize(CHUNK)
            .setMaxHeaderSize(32 << 10)
            .setDecompressionSupported(false),
        new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
  }

  private static Upstream upstream(io.layover.config.Upstream configured, boolean offline) {
    var credentials = configured.credentials();
    return new Upstream(
        configured.name(),
        configured.remoteurl(),
        credentials == null
            ? null
            : new Upstream.Credentials(credentials.username(), credentials.password().reveal()),
        !configured.isDefault(),
        new Access(rules(configured.allow()), rules(configured.deny())),
        new Freshness(configured.freshness().tagttl()),
        offline);
  }

  private static List<Access.Rule> rules(List<NamePattern> patterns) {
    return patterns.stream()
        .map(pattern -> new Access.Rule(pattern.toString(), name -> pattern.matches(name.value())))
        .toList();
  }

  private static Predicate<RepositoryName> any(List<NamePattern> patterns) {
    return name -> patterns.stream().anyMatch(pattern -> pattern.matches(name.value()));
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

  private String describe(Config config) {
    var storage = (Storage.Filesystem) config.storage().driver();
    var mirrors =
        config.proxy() == null
            ? "a private registry"
            : config.proxy().upstreams().stream()
                .map(upstream -> upstream.remoteurl().toString())
                .collect(Collectors.joining(", ", "a mirror of ", ""));
    return "layover %s listens on %s as %s; storage %s, no authentication, %s transport"
        .formatted(
            Layover.Version.text(),
            listener.address(),
            mirrors,
            storage.rootdirectory(),
            vertx.isNativeTransportEnabled() ? "native" : "NIO");
  }

  /** The port it listens on. */
  int port() {
    return listener.port();
  }

  /** The port that operators ask, or 0. */
  int debugPort() {
    return debug == null ? 0 : debug.port();
  }

  /** How long running transfers are given when it is closed. */
  Duration drainTimeout() {
    return drainTimeout;
  }

  /** Takes no more connections, lets running transfers finish in time, and ends. */
  Future<Void> close() {
    return listener
        .shutdown(drainTimeout)
        .eventually(() -> debug == null ? Future.succeededFuture() : debug.close())
        .eventually(vertx::close)
        .onComplete(done -> figures.close());
  }
}
