package io.layover.parts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;

/** cesanta/docker_auth, which others' registries ask for tokens; its program is auth_server. */
public final class RealDockerAuth extends Daemon {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  public static final String ISSUER = "test-issuer";

  private final Path config;
  private final int port = Tools.freePort();
  private final TokenSigner signer = TokenSigner.create();

  private RealDockerAuth(Path folder) {
    super(folder.resolve("auth_server.log"));
    config = folder.resolve("auth.yml");
  }

  /** Started with these users and rules; it takes a client's address from X-Client. */
  public static RealDockerAuth start(String usersAndRules) {
    return start(", real_ip_header: X-Client", "", usersAndRules);
  }

  /** Started for real clients, with {@code token} beside the issuer, the expiration and the key. */
  public static RealDockerAuth startForClients(String token, String usersAndRules) {
    return start("", token, usersAndRules);
  }

  private static RealDockerAuth start(String more, String token, String usersAndRules) {
    var server = new RealDockerAuth(Tools.freshFolder("docker-auth"));
    Tools.write(
        server.config,
        """
        server: {addr: "127.0.0.1:%d"%s}
        token: {issuer: %s, expiration: 900, certificate: "%s", key: "%s"%s}
        """
                .formatted(
                    server.port,
                    more,
                    ISSUER,
                    server.signer.certificate(),
                    server.signer.key(),
                    token)
            + usersAndRules);
    server.launch(Duration.ofSeconds(30));
    return server;
  }

  public String realm() {
    return probe().resolve("/auth").toString();
  }

  /** The certificate whose key signs, as {@code rootcertbundle} wants it. */
  public Path certificate() {
    return signer.certificate();
  }

  @Override
  List<String> command() {
    return List.of(Tools.path("auth_server"), "-logtostderr", config.toString());
  }

  @Override
  URI probe() {
    return URI.create("http://127.0.0.1:" + port + "/");
  }

  /** The actions in a token that it issues without looking at a password. */
  public SortedSet<String> granted(String user, String address, String service, String scope) {
    var query = "?service=" + encoded(service) + "&scope=" + encoded(scope);
    var request =
        HttpRequest.newBuilder(probe().resolve("/auth" + query)).header("X-Client", address);
    if (!user.isEmpty()) {
      var basic =
          Base64.getEncoder().encodeToString((user + ":any").getBytes(StandardCharsets.UTF_8));
      request.header("Authorization", "Basic " + basic);
    }
    var token = new JsonObject(send(request.build())).getString("token").split("\\.", -1)[1];
    var claims =
        new JsonObject(new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8));
    var access = claims.getJsonArray("access", new JsonArray()).getJsonObject(0);
    var actions = new TreeSet<String>();
    access.getJsonArray("actions").forEach(action -> actions.add((String) action));
    return actions;
  }

  private static String send(HttpRequest request) {
    try {
      var answer = HTTP.send(request, BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(
            request.uri() + " -> " + answer.statusCode() + " " + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
