package io.layover.parts;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A token server for {@code auth.token} of a real registry. Everybody may pull, alice with the
 * password secret1 may do everything.
 */
public final class TokenServer implements AutoCloseable {
  public static final String SERVICE = "test-registry";
  public static final String ISSUER = "test-issuer";

  /** A request for a token: who, for which scopes; and whether it was granted. */
  public record Seen(String user, List<String> scopes, boolean granted) {}

  private final TokenSigner signer = TokenSigner.create();
  private final List<Seen> requests = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private volatile Duration lifetime = Duration.ofMinutes(5);

  private TokenServer(HttpServer server) {
    this.server = server;
  }

  public static TokenServer start() {
    try {
      var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      var tokens = new TokenServer(server);
      server.createContext("/token", tokens::answer);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.start();
      return tokens;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How long tokens live from now on. */
  public TokenServer lifetime(Duration duration) {
    lifetime = duration;
    return this;
  }

  public String realm() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/token";
  }

  /** The certificate whose key signs, as {@code rootcertbundle} wants it. */
  public Path certificate() {
    return signer.certificate();
  }

  public List<Seen> requests() {
    return List.copyOf(requests);
  }

  public void forgetRequests() {
    requests.clear();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      if (!exchange.getRequestMethod().equals("GET")) {
        send(exchange, 404, new JsonObject());
        return;
      }
      var query = String.valueOf(exchange.getRequestURI().getRawQuery());
      var scopes = values(query, "scope").flatMap(s -> Stream.of(s.split(" ", -1))).toList();
      var password = exchange.getRequestHeaders().getFirst("Authorization");
      boolean alice = password != null && password.equals(basic("alice:secret1"));
      boolean granted = password == null || alice;
      requests.add(new Seen(alice ? "alice" : "", scopes, granted));
      if (granted) {
        send(exchange, 200, token(values(query, "service").findFirst().orElse(""), scopes, alice));
      } else {
        send(exchange, 401, new JsonObject().put("details", "incorrect username or password"));
      }
    }
  }

  private JsonObject token(String service, List<String> scopes, boolean alice) {
    var access = new JsonArray();
    for (var scope : scopes) {
      int first = scope.indexOf(':');
      int last = scope.lastIndexOf(':');
      if (first < last) {
        var actions = new JsonArray();
        Stream.of(scope.substring(last + 1).split(",", -1))
            .filter(action -> alice || action.equals("pull"))
            .forEach(actions::add);
        access.add(
            new JsonObject()
                .put("type", scope.substring(0, first))
                .put("name", scope.substring(first + 1, last))
                .put("actions", actions));
      }
    }
    var claims =
        new JsonObject()
            .put("iss", ISSUER)
            .put("sub", alice ? "alice" : "")
            .put("aud", service)
            .put("access", access);
    var token = signer.sign(claims, lifetime);
    return new JsonObject()
        .put("token", token)
        .put("access_token", token)
        .put("expires_in", lifetime.toSeconds());
  }

  private static Stream<String> values(String query, String name) {
    return Stream.of(query.split("&", -1))
        .filter(pair -> pair.startsWith(name + "="))
        .map(pair -> pair.substring(name.length() + 1))
        .map(value -> URLDecoder.decode(value, StandardCharsets.UTF_8));
  }

  private static String basic(String user) {
    return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange exchange, int status, @Nullable JsonObject body)
      throws IOException {
    var bytes = String.valueOf(body).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
  }
}
