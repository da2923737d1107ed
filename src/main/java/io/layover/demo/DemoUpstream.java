package io.layover.demo;

import io.layover.http.Peers;
import io.layover.http.RequestMeters;
import io.layover.http.Routes;
import io.layover.notify.Receivers;
import io.layover.registry.Hosted;
import io.layover.registry.PushRules;
import io.layover.registry.Registry;
import io.layover.storage.Disk;
import io.layover.storage.filesystem.FileStores;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * The registry far away: Layover itself, which gives its images only to those who bring a token for
 * them, as Docker Hub does. It counts what it is asked for.
 */
final class DemoUpstream {
  private static final int LIFE_SECONDS = 300;
  private static final String HOST = "127.0.0.1";

  private final JWTAuth tokens;
  private final HttpServer server;
  private final LongAdder manifests = new LongAdder();
  private final LongAdder heads = new LongAdder();
  private final LongAdder blobs = new LongAdder();
  private final LongAdder bytes = new LongAdder();

  private DemoUpstream(Vertx vertx, Path root) throws IOException {
    var secret = new byte[32];
    new SecureRandom().nextBytes(secret);
    this.tokens =
        JWTAuth.create(
            vertx,
            new JWTAuthOptions()
                .addPubSecKey(
                    new PubSecKeyOptions()
                        .setAlgorithm("HS256")
                        .setBuffer(HexFormat.of().formatHex(secret))));
    var router = registry(vertx, root);
    router.route().order(-1).handler(this::measure);
    this.server =
        vertx
            .createHttpServer()
            .requestHandler(request -> admit(request, router))
            .listen(0, HOST)
            .await();
  }

  static DemoUpstream start(Vertx vertx, Path root) throws IOException {
    return new DemoUpstream(vertx, root);
  }

  private static Router registry(Vertx vertx, Path root) throws IOException {
    var disk = new Disk(vertx);
    var registry =
        Registry.over(
            FileStores.open(root, disk), new PushRules(true, child -> true, url -> false));
    return Routes.of(
        vertx,
        new Routes.Parts(
            new RequestMeters(new SimpleMeterRegistry()),
            Receivers.NONE,
            () -> true,
            new Hosted(registry.local()),
            registry,
            false,
            false,
            1000,
            1000,
            "",
            "/",
            Map.of(),
            null,
            Peers.DIRECT,
            null,
            null));
  }

  String url() {
    return "http://" + HOST + ":" + server.actualPort();
  }

  void stop() {
    server.close().await();
  }

  private void admit(HttpServerRequest request, Router router) {
    if (request.path().equals("/token")) {
      var answer = new JsonObject().put("token", issue(request.getParam("scope")));
      request.response().end(answer.put("expires_in", LIFE_SECONDS).toBuffer());
      return;
    }
    request.pause();
    var header = request.getHeader("Authorization");
    tokens
        .authenticate(
            new TokenCredentials(header == null ? "" : header.replaceFirst("Bearer ", "")))
        .onSuccess(
            user -> {
              if (user.principal().getJsonArray("scopes").contains(repository(request))) {
                count(request);
                router.handle(request);
              } else {
                challenge(request);
              }
            })
        .onFailure(e -> challenge(request));
  }

  private String issue(String scope) {
    return tokens.generateToken(
        new JsonObject().put("scopes", new JsonArray().add(scope.replaceAll("^.*?:|:.*$", ""))),
        new JWTOptions().setExpiresInSeconds(LIFE_SECONDS));
  }

  private void challenge(HttpServerRequest request) {
    request
        .response()
        .setStatusCode(401)
        .putHeader(
            "WWW-Authenticate",
            "Bearer realm=\"%s/token\",service=\"demo\",scope=\"repository:%s:pull\""
                .formatted(url(), repository(request)))
        .end();
  }

  private static String repository(HttpServerRequest request) {
    return request.path().replaceFirst("^/v2/", "").replaceFirst("/(manifests|blobs)/.*$", "");
  }

  private void count(HttpServerRequest request) {
    if (request.method().name().equals("HEAD")) {
      heads.increment();
    } else if (request.method().name().equals("GET")) {
      (request.path().contains("/manifests/") ? manifests : blobs).increment();
    }
  }

  /** By the head of an answer: what leaves by sendfile passes below the response. */
  private void measure(RoutingContext ctx) {
    if (ctx.request().method().equals(HttpMethod.GET)) {
      ctx.addHeadersEndHandler(
          v -> {
            var length = ctx.response().headers().get(HttpHeaders.CONTENT_LENGTH);
            bytes.add(length == null ? 0 : Long.parseLong(length));
          });
    }
    ctx.next();
  }

  /** What was asked for since the last time, which is then forgotten. */
  Cost cost() {
    return new Cost(
        heads.sumThenReset(), manifests.sumThenReset(), blobs.sumThenReset(), bytes.sumThenReset());
  }

  /** What pulls cost an upstream: requests by kind, and bytes. */
  record Cost(long heads, long manifests, long blobs, long bytes) {}
}
