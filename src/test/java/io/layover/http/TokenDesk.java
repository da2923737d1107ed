package io.layover.http;

import io.layover.auth.Authorizer;
import io.layover.auth.Authorizer.Decision;
import io.layover.auth.Htpasswd;
import io.layover.auth.KeyName;
import io.layover.auth.Passwords;
import io.layover.auth.RefreshTokens;
import io.layover.auth.SigningKeys;
import io.layover.auth.StateDirectory;
import io.layover.auth.TokenIssuer;
import io.layover.auth.TokenService;
import io.layover.watch.FileWatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.RequestOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token server on loopback, and a client of it. Its users are alice, whose password is {@code
 * sécret}, who may do everything, and bob with {@code secret2}, who may pull.
 */
final class TokenDesk implements AutoCloseable {
  static final String USERS =
      """
      alice:$2y$05$rLOtcvXB9TMFoQiwEXsNrO/3kX1tckX4PE8hsJmf6l2n47qYqY7BG
      bob:$apr1$JTcnkvSz$nG.lQNHWn63DSLMKcLUET1
      """;
  static final String ISSUER = "Auth \"Service\"";

  private final Vertx vertx = Vertx.vertx();
  private final FileWatch watch = new FileWatch();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final HttpServer server;
  private final HttpClient client = vertx.createHttpClient();
  private final Path users;

  private TokenDesk(Path folder, String prefix, ClientAddress address) throws IOException {
    users = Files.writeString(folder.resolve("htpasswd"), USERS);
    var passwords = new Passwords(vertx, List.of(Htpasswd.open(watch, users)), meters);
    var state = new StateDirectory(folder.resolve("state"));
    var clock = InstantSource.system();
    var life = Duration.ofMinutes(15);
    var keys = SigningKeys.generated(vertx, watch, state, life, clock);
    var service =
        new TokenService(
            passwords,
            RefreshTokens.kept(vertx, state, watch, passwords, clock),
            List.of(request -> Future.succeededFuture(null), TokenDesk::decide),
            new TokenIssuer(
                vertx,
                keys,
                () -> new TokenIssuer.Form(ISSUER, life, KeyName.LIBTRUST, _ -> true),
                clock),
            meters);
    server =
        vertx
            .createHttpServer(
                new HttpServerOptions()
                    .setMaxInitialLineLength(16 << 10)
                    .setMaxHeaderSize(32 << 10))
            .requestHandler(
                TokenRoutes.of(
                    vertx,
                    new RequestMeters(meters),
                    new Tokens(service, address, null),
                    prefix,
                    true))
            .invalidRequestHandler(Routes::refuse)
            .listen(0, "127.0.0.1")
            .await();
  }

  /** Alice may do everything; others may pull what is below the address that they come from. */
  private static Future<@Nullable Decision> decide(Authorizer.Request request) {
    if (request.account().name().equals("alice")) {
      return Future.succeededFuture(new Decision(request.scope().actions(), "rule of alice"));
    }
    var granted = new LinkedHashSet<>(request.scope().actions());
    granted.retainAll(Set.of("pull"));
    if (request.scope().name().startsWith("from/")) {
      granted.removeIf(action -> !request.scope().name().equals("from/" + request.address()));
    }
    return Future.succeededFuture(new Decision(granted, "rule of all"));
  }

  static TokenDesk open(Path folder) {
    return open(folder, "", ClientAddress.ofPeer(Peers.DIRECT));
  }

  static TokenDesk open(Path folder, String prefix, ClientAddress address) {
    try {
      return new TokenDesk(folder, prefix, address);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return server.actualPort();
  }

  /** The file of its users. */
  Path users() {
    return users;
  }

  Answer get(String path, String... headers) {
    return request(HttpMethod.GET, path, null, headers);
  }

  /** Posts a form. */
  Answer post(String path, String form, String... headers) {
    return request(HttpMethod.POST, path, Buffer.buffer(form), headers);
  }

  private Answer request(HttpMethod method, String path, @Nullable Buffer body, String... headers) {
    var options =
        new RequestOptions().setMethod(method).setHost("127.0.0.1").setPort(port()).setURI(path);
    if (body != null) {
      options.addHeader("Content-Type", "application/x-www-form-urlencoded");
    }
    for (var i = 0; i < headers.length; i += 2) {
      options.putHeader(headers[i], headers[i + 1]);
    }
    return ApiServer.await(ApiServer.send(client, options, body));
  }

  static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  double count(String grant, String outcome) {
    var counter =
        meters.find("layover.token.requests").tag("grant", grant).tag("outcome", outcome).counter();
    return counter == null ? 0 : counter.count();
  }

  @Override
  public void close() {
    watch.close();
    vertx.close().await();
  }
}
