package io.layover.standin;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/**
 * A registry on loopback which behaves like Docker Hub: tokens from a second server, blobs by
 * redirect from a third one on another host. Everything may be changed while it runs; every request
 * is recorded. Rules ({@link #when}) add faults.
 */
public final class HubStandIn implements AutoCloseable {
  private final Vertx vertx;
  private final Function<String, HttpServerOptions> options;
  private final Map<String, Repository> repositories = new ConcurrentHashMap<>();
  private final Map<String, String> users = new ConcurrentHashMap<>();
  private final Tokens tokens = new Tokens(repositories, users);
  private final Gate gate = new Gate(tokens);
  private final Blobs blobs = new Blobs(repositories);
  private final Pulls pulls = new Pulls(gate, repositories, blobs);
  private final Reception reception;
  private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
  private int port;
  private int tokenPort;
  private int cdnPort;
  private volatile String realmHost = "127.0.0.1";
  private volatile String cdnHost = "localhost";

  private HubStandIn(Vertx vertx, Function<String, HttpServerOptions> options) {
    this.vertx = vertx;
    this.options = options;
    reception = new Reception(vertx, tokens, pulls, blobs);
  }

  /** A stand-in that listens, and holds nothing. */
  public static HubStandIn start(Vertx vertx) {
    return start(vertx, server -> new HttpServerOptions());
  }

  /**
   * The same with options of your own, such as TLS.
   *
   * @param options for the server {@code registry}, {@code token} or {@code cdn}
   */
  public static HubStandIn start(Vertx vertx, Function<String, HttpServerOptions> options) {
    return new HubStandIn(vertx, options).listen();
  }

  /** Listens, after {@link #close} on the same ports as before. */
  public HubStandIn listen() {
    port = listen("registry", port);
    tokenPort = listen("token", tokenPort);
    cdnPort = listen("cdn", cdnPort);
    blobs.address = scheme("cdn") + "://" + cdnHost + ":" + cdnPort;
    return realmHost(realmHost);
  }

  /** Stops listening and closes every connection; what it holds and has seen stays. */
  @Override
  public void close() {
    servers.forEach(server -> server.close().await());
    servers.clear();
  }

  /** Its address, as in {@code proxy.remoteurl}. */
  public String url() {
    return scheme("registry") + "://127.0.0.1:" + port;
  }

  /** The port of its address, where it goes by another name. */
  public int port() {
    return port;
  }

  /** The address of the token server. */
  public String realm() {
    return scheme("token") + "://" + realmHost + ":" + tokenPort + "/token";
  }

  /** The repository of this name, made on the first call. */
  public Repository repository(String name) {
    return repositories.computeIfAbsent(name, n -> new Repository());
  }

  public HubStandIn user(String name, String password) {
    users.put(name, password);
    return this;
  }

  /** Other behaviour for the requests whose method and path match; the newest rule goes first. */
  public Rule when(String methodRegex, String pathRegex) {
    var rule = new Rule(methodRegex, pathRegex);
    reception.rules.addFirst(rule);
    return rule;
  }

  /** Drops all rules. */
  public void behave() {
    reception.rules.clear();
  }

  public HubStandIn auth(Auth kind) {
    gate.auth = kind;
    return this;
  }

  public HubStandIn challenge(ChallengeForm form) {
    gate.form = form;
    return this;
  }

  /** {@code localhost} puts the token server on another host than the registry. */
  public HubStandIn realmHost(String host) {
    realmHost = host;
    gate.realm = realm();
    return this;
  }

  /** What the second host, from which blobs come, is called; {@code localhost} at first. */
  public HubStandIn cdnHost(String host) {
    cdnHost = host;
    blobs.address = scheme("cdn") + "://" + host + ":" + cdnPort;
    return this;
  }

  /** Gives nobody a token who has no password. */
  public HubStandIn refuseAnonymous(boolean refuse) {
    tokens.anonymousRefused = refuse;
    return this;
  }

  /** Gives a token only to who asks for this scope among others. */
  public HubStandIn neededScope(String scope) {
    tokens.neededScope = scope;
    return this;
  }

  /** Redirects what is asked of manifests to the same path there. */
  public HubStandIn manifestsAt(String url) {
    pulls.manifestsAt = url;
    return this;
  }

  /** How long tokens live from now on; this is what {@code expires_in} says. */
  public HubStandIn tokenLifetime(Duration lifetime) {
    tokens.lifetime = lifetime;
    return this;
  }

  /** Leaves {@code expires_in} out. */
  public HubStandIn omitExpiresIn(boolean omit) {
    tokens.omitExpiresIn = omit;
    return this;
  }

  /** Answers with {@code access_token} and no {@code token}. */
  public HubStandIn onlyAccessToken(boolean only) {
    tokens.onlyAccessToken = only;
    return this;
  }

  /** Answers with {@code token} and no {@code access_token}. */
  public HubStandIn onlyToken(boolean only) {
    tokens.onlyToken = only;
    return this;
  }

  /** Makes every token issued so far an expired one. */
  public void expireTokens() {
    tokens.expireAll();
  }

  /** An expired token is answered with 400, as ECR does, instead of 401. */
  public HubStandIn expiredIs400(boolean is400) {
    gate.expiredIs400 = is400;
    return this;
  }

  /** Whether blobs are served by redirect to a second host, as they are at first. */
  public HubStandIn redirectBlobs(boolean redirect) {
    pulls.redirectBlobs = redirect;
    return this;
  }

  /** How long the address of a redirect is good. */
  public HubStandIn signedFor(Duration lifetime) {
    blobs.signedFor = lifetime;
    return this;
  }

  /** Whether ranges of blobs are served, as they are at first. */
  public HubStandIn ranges(boolean served) {
    blobs.ranges = served;
    return this;
  }

  /** The most that a list has on a page, whatever the client asks for. */
  public HubStandIn mostOnPage(int n) {
    pulls.lists.mostOnPage = n;
    return this;
  }

  /** Lists tags from the last to the first, as a registry does that orders them by their dates. */
  public HubStandIn listBackwards(boolean backwards) {
    pulls.lists.backwards = backwards;
    return this;
  }

  /** Whether referrers can be asked for, which they cannot at first. */
  public HubStandIn referrersApi(boolean served) {
    pulls.lists.referrersApi = served;
    return this;
  }

  /** HEAD of a blob is answered with 401 whatever the token. */
  public HubStandIn headOfBlobs401(boolean refuse) {
    pulls.headOfBlobs401 = refuse;
    return this;
  }

  /**
   * Shows rate-limit headers on manifests, counts GETs of manifests, and answers 429 when none is
   * left.
   */
  public HubStandIn rateLimit(int limit, int remaining) {
    pulls.limit = limit;
    pulls.remaining.set(remaining);
    return this;
  }

  /** What was asked of the registry, its token server and the second host. */
  public RequestLog log() {
    return reception.log;
  }

  /** Every request so far, in the order of arrival. */
  public List<SeenRequest> requests() {
    return reception.log.requests();
  }

  /** How many requests there were whose whole method and whose path, somewhere in it, match. */
  public long count(String methodRegex, String pathRegex) {
    return reception.log.requests(methodRegex, pathRegex).size();
  }

  /** Bytes of all bodies of manifests and blobs written so far. */
  public long bytesSent() {
    return reception.log.bytesSent();
  }

  private int listen(String name, int port) {
    var all = options.apply(name).setHost("127.0.0.1").setPort(port);
    var server = vertx.createHttpServer(all).requestHandler(r -> reception.receive(name, r));
    servers.add(server);
    return server.listen().await().actualPort();
  }

  private String scheme(String server) {
    return options.apply(server).isSsl() ? "https" : "http";
  }
}
